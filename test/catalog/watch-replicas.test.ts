import { expect, it } from '@jest/globals';
import { ErrNotReady } from '../../src/catalog/errors.ts';
import type { Registry } from '../../src/catalog/registry.ts';
import type { WatchEvent } from '../../src/catalog/watch/watch-event.ts';
import { StoreUnavailableError } from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { leavingCaller, openRegistry, patient, registerCall } from '../support/catalog.ts';
import { FaultyStore, failBefore } from '../support/faulty-store.ts';

/** The events up to `synced`, in short, and its token. */
async function upToSynced(registry: Registry, token: string) {
  const told: string[] = [];
  for await (const event of registry.watch('', token, patient) as AsyncIterable<WatchEvent>) {
    if (event.kind === 'put') told.push(`${event.entry.name} ${event.entry.version}`);
    else told.push(event.kind);
    if (event.kind === 'synced') return { told, token: event.resumeToken };
  }
  throw new Error('the stream has ended');
}

async function replicas() {
  const store = new FaultyStore(createMemoryStore());
  const one = await openRegistry({ store, shared: true });
  const other = await openRegistry({ store, shared: true });
  await one.register(registerCall({ name: 'a' }), patient);
  await other.refresh();
  await one.register(registerCall({ name: 'a' }), patient);
  await one.register(registerCall({ name: 'b' }), patient);
  return { store, one, other };
}

it('a follower that moves to a replica which is behind is told nothing older', async () => {
  const { one, other } = await replicas();
  const { told, token } = await upToSynced(one, '');
  expect(told).toEqual(['a 2', 'b 1', 'synced']);
  expect((await upToSynced(other, '')).told).toEqual(['a 1', 'synced']);
  expect((await upToSynced(other, token)).told).toEqual(['reset', 'a 2', 'b 1', 'synced']);
});

it('is told what is known where the store does not answer', async () => {
  const { store, one, other } = await replicas();
  const { token } = await upToSynced(one, '');
  store.always = failBefore(new StoreUnavailableError('away'));
  expect((await upToSynced(other, token)).told).toEqual(['reset', 'a 1', 'synced']);
});

it('has to go at once when its replica ends, though the store lets it wait for what is new', async () => {
  const { store, one, other } = await replicas();
  const { token } = await upToSynced(one, '');
  store.always = () => new Promise<never>(() => {});
  const { caller, leave } = leavingCaller('shutdown');
  const stream = other.watch('', token, caller);
  expect((await stream.next()).value?.kind).toBe('reset');
  const next = stream.next();
  leave();
  await expect(next).rejects.toThrow(ErrNotReady);
});
