import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MANIFEST_PREFIX } from '../../src/catalog/name.ts';
import type { Registry } from '../../src/catalog/registry.ts';
import { CLOCK_KEY } from '../../src/catalog/retention.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { openRegistry, patient, registerCall, storedFile } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';

const DAY_MS = 86_400_000;
const RETENTION_MS = 30 * DAY_MS;
const none = { expectedEtag: '', requestId: '', validateOnly: false };

let storeClock: number;
let store: Store;
let runtime: FakeRuntime;
let registry: Registry;
beforeEach(async () => {
  storeClock = Date.UTC(2026, 0, 1);
  store = createMemoryStore(() => storeClock);
  runtime = new FakeRuntime();
  registry = await openRegistry({ store, runtime });
});

const remove = (name: string) => registry.delete({ name, allowMissing: false, ...none }, patient);
const isPurged = async (name: string) =>
  (await storedFile(store, name))?.manifest.schemaFingerprint === '';

/** Sweeps once. */
async function sweep(): Promise<void> {
  const stop = new AbortController();
  // The pause between two sweeps, not that between two tries to write.
  runtime.sleep = async (ms) => {
    if (ms >= 1_000) stop.abort();
  };
  await registry.retain(RETENTION_MS, stop.signal);
}

describe('the retention of deleted datasets', () => {
  it("purges them when they are old enough by the store's clock", async () => {
    for (const name of ['live', 'old', 'young'])
      await registry.register(registerCall({ name }), patient);
    await remove('old');
    storeClock += DAY_MS;
    await remove('young');
    storeClock += RETENTION_MS - DAY_MS - 1;
    await sweep();
    expect(await isPurged('old')).toBe(false);
    storeClock += 1;
    await sweep();
    expect(await isPurged('old')).toBe(true);
    expect(await isPurged('young')).toBe(false);
    expect(await isPurged('live')).toBe(false);
    storeClock += DAY_MS;
    await sweep();
    expect(await isPurged('young')).toBe(true);
    const { version } = (await storedFile(store, 'old'))?.manifest ?? {};
    expect(version).toBe(3n);
  });

  it("does not believe the replica's own clock", async () => {
    await registry.register(registerCall({ name: 'a' }), patient);
    await remove('a');
    runtime.now = () => BigInt(Date.UTC(2099, 0, 1)) * 1_000n;
    await sweep();
    expect(await isPurged('a')).toBe(false);
  });

  it('begins anew with each deletion', async () => {
    await registry.register(registerCall({ name: 'a' }), patient);
    await remove('a');
    storeClock += RETENTION_MS;
    await registry.undelete({ name: 'a', ...none }, patient);
    await remove('a');
    await sweep();
    expect(await isPurged('a')).toBe(false);
  });

  it('writes nothing where nothing is deleted', async () => {
    await registry.register(registerCall({ name: 'a' }), patient);
    await sweep();
    expect(await store.get(CLOCK_KEY)).toBeUndefined();
  });

  it.each(['this replica', 'another'])(
    'leaves alone what %s has deleted anew since it was listed',
    async (who) => {
      registry = await openRegistry({ store, runtime, shared: true });
      await registry.register(registerCall({ name: 'a' }), patient);
      await remove('a');
      const pages: unknown[] = [];
      for await (const page of store.list(MANIFEST_PREFIX)) pages.push(page);
      storeClock += RETENTION_MS;
      const ids = Object.assign(new FakeRuntime(), { uuid: randomUUID });
      const other = await openRegistry({ store, runtime: ids, shared: true });
      const writer = who === 'another' ? other : registry;
      await writer.undelete({ name: 'a', ...none }, patient);
      await writer.delete({ name: 'a', allowMissing: false, ...none }, patient);
      const list = store.list.bind(store);
      Object.assign(store, {
        async *list(prefix: string) {
          yield* prefix === MANIFEST_PREFIX ? pages : list(prefix);
        },
      });
      await sweep();
      expect(await isPurged('a')).toBe(false);
    },
  );

  it('leaves alone what the index does not know as it is', async () => {
    const other = await openRegistry({ store, shared: true });
    await other.register(registerCall({ name: 'a' }), patient);
    await other.delete({ name: 'a', allowMissing: false, ...none }, patient);
    registry = await openRegistry({ store, runtime, shared: true });
    await other.undelete({ name: 'a', ...none }, patient);
    storeClock += RETENTION_MS;
    await sweep();
    expect((await storedFile(store, 'a'))?.deletedAt).toBeUndefined();
  });
});
