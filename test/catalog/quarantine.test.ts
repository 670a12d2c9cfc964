import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { ErrCorruptManifest, ErrManifestNotFound } from '../../src/catalog/errors.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import { Registry } from '../../src/catalog/registry.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import { ObjectTooLargeError } from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { openRegistry, patient, registerCall, silentLog } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { FaultyStore, failBefore } from '../support/faulty-store.ts';

const STRONG = { strong: true, minVersion: 0n, showDeleted: false };
const scan = async (registry: Registry) =>
  [...(await registry.scan('', undefined, patient))].map(({ name }) => name);

/** A store with `a`, a damaged `b`, and a file under a key of no name. */
async function damaged() {
  const store = createMemoryStore();
  const registry = await openRegistry({ store });
  for (const name of ['a', 'b']) await registry.register(registerCall({ name }), patient);
  const good = await store.get(manifestKey('b'));
  const bytes = (text: string) => Buffer.from(text);
  await store.put(manifestKey('b'), bytes('damaged'), { kind: 'overwrite' });
  await store.put(manifestKey('no\u0001name'), bytes('damaged'), { kind: 'overwrite' });
  const restore = () => store.put(manifestKey('b'), good?.body ?? bytes(''), { kind: 'overwrite' });
  return { store, restore };
}

async function quarantined(store: Store, shared: boolean) {
  const log = { ...silentLog, warn: jest.fn(), error: jest.fn() };
  const runtime = new FakeRuntime();
  const registry = new Registry({ store, codec: protobufViews, runtime, log, shared });
  await registry.rehydrate({ quarantine: true });
  return { registry, log };
}

describe.each([
  ['a store of its own', false],
  ['a shared store', true],
])('quarantine on %s', (_, shared) => {
  it('tells watchers of a name that leaves it because its file was removed', async () => {
    const { store } = await damaged();
    const { registry } = await quarantined(store, shared);
    const watching = registry.watch('b', '', patient);
    expect((await watching.next()).value).toMatchObject({ kind: 'synced', unreadable: ['b'] });
    await store.delete(manifestKey('b'));
    await expect(registry.get('b', patient)).rejects.toBeInstanceOf(ErrManifestNotFound);
    expect((await watching.next()).value).toMatchObject({
      kind: 'removed',
      name: 'b',
      version: 0n,
    });
  });

  it('serves the rest, and answers calls on the name by what is wrong with it', async () => {
    const { store } = await damaged();
    const { registry, log } = await quarantined(store, shared);
    expect(registry.quarantined).toEqual(['b']);
    expect(log.error.mock.calls.map(([fields]) => fields)).toEqual([
      expect.objectContaining({ key: manifestKey('b'), name: 'b' }),
      expect.objectContaining({ key: manifestKey('no\u0001name') }),
      { quarantined: 1, ignored: 1 },
    ]);
    await expect(registry.get('a', patient)).resolves.toMatchObject({ version: 1n });
    await expect(registry.register(registerCall({ name: 'c' }), patient)).resolves.toMatchObject({
      existing: false,
    });
    expect(await scan(registry)).toEqual(['a', 'c']);
    for (let i = 0; i < 2; i++) {
      for (const call of [
        () => registry.get('b', patient),
        () => registry.get('b', patient, STRONG),
        () => registry.batchGet(['b'], patient),
        () => registry.objects('b', undefined, 0, patient),
        () => registry.register(registerCall({ name: 'b' }), patient),
        () => registry.register(registerCall({ name: 'b', validateOnly: true }), patient),
      ]) {
        await expect(call()).rejects.toThrow(ErrCorruptManifest);
      }
    }
    expect(Buffer.from((await store.get(manifestKey('b')))?.body ?? '').toString()).toBe('damaged');
  });

  it('ends by itself some time after the repair', async () => {
    const { store, restore } = await damaged();
    const { registry } = await quarantined(store, shared);
    const stop = new AbortController();
    const following = registry.follow(10, stop.signal);
    await restore();
    for (let i = 0; i < 100 && registry.quarantined.length > 0; i++) await setImmediate();
    stop.abort();
    await following;
    expect(registry.quarantined).toEqual([]);
    expect(await scan(registry)).toEqual(['a', 'b']);
  });

  it('ends for a name when its manifest can be read again', async () => {
    const { store, restore } = await damaged();
    const { registry, log } = await quarantined(store, shared);
    await restore();
    await expect(registry.get('b', patient)).resolves.toMatchObject({ version: 1n });
    expect(registry.quarantined).toEqual([]);
    expect(log.warn).toHaveBeenCalledWith({ name: 'b', version: '1', left: 0 }, expect.any(String));
    expect(await scan(registry)).toEqual(['a', 'b']);
    const again = registry.register(registerCall({ name: 'b' }), patient);
    await expect(again).resolves.toMatchObject({ existing: true, version: 2n });
  });

  it('ends with an alarm when the file was removed, and then the name is free', async () => {
    const { store } = await damaged();
    const { registry, log } = await quarantined(store, shared);
    log.error.mockClear();
    await store.delete(manifestKey('b'));
    await expect(registry.get('b', patient)).rejects.toThrow(ErrManifestNotFound);
    expect(registry.quarantined).toEqual([]);
    expect(log.error).toHaveBeenCalledTimes(1);
  });

  it('is noticed to be over by a refresh, which does not log the same damage again', async () => {
    const { store, restore } = await damaged();
    const { registry, log } = await quarantined(store, shared);
    log.error.mockClear();
    await registry.refresh();
    expect(registry.quarantined).toEqual(['b']);
    await restore();
    await registry.refresh();
    expect(registry.quarantined).toEqual([]);
    expect(await scan(registry)).toEqual(['a', 'b']);
    await store.put(manifestKey('b'), Buffer.from('damaged'), { kind: 'overwrite' });
    expect(log.error).not.toHaveBeenCalled();
    await registry.refresh();
    expect(log.error).toHaveBeenCalledTimes(1);
  });

  it('notices by a refresh that the file is gone', async () => {
    const { store } = await damaged();
    const { registry, log } = await quarantined(store, shared);
    log.error.mockClear();
    await store.delete(manifestKey('b'));
    await registry.refresh();
    expect(registry.quarantined).toEqual([]);
    expect(log.error).toHaveBeenCalledTimes(1);
  });
});

it('is entered for a file that is too large to be read, too', async () => {
  const { store: beneath } = await damaged();
  const store = new FaultyStore(beneath);
  const huge = new ObjectTooLargeError('a', 3 * 2 ** 30, 'e');
  store.always = (call) =>
    call.kind === 'get' && call.key === manifestKey('a') ? failBefore(huge)(call) : call.pass();
  const { registry } = await quarantined(store, true);
  expect([...registry.quarantined].sort()).toEqual(['a', 'b']);
  await expect(registry.get('a', patient)).rejects.toBeInstanceOf(ErrCorruptManifest);
  await registry.refresh();
});

it('is not entered unasked: nothing is loaded', async () => {
  const { store } = await damaged();
  await expect(openRegistry({ store })).rejects.toThrow('--quarantine');
});
