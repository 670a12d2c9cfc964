import { describe, expect, it } from '@jest/globals';
import { ErrNotReady, ErrStoreUnavailable } from '../../src/catalog/errors.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import { Registry } from '../../src/catalog/registry.ts';
import { RehydrateError } from '../../src/catalog/rehydrate-error.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import { StoreUnavailableError } from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { openRegistry, patient, registerCall, silentLog } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { type Fault, FaultyStore, failBefore } from '../support/faulty-store.ts';

const down = new StoreUnavailableError('connection refused');

function newRegistry(store: Store, shared = false) {
  const runtime = new FakeRuntime();
  return new Registry({ store, codec: protobufViews, runtime, log: silentLog, shared });
}

async function filled(names: readonly string[]) {
  const store = createMemoryStore();
  const registry = await openRegistry({ store });
  for (const name of names) await registry.register(registerCall({ name }), patient);
  return store;
}

const scan = async (registry: Registry) =>
  [...(await registry.scan('', undefined, patient))].map(({ name }) => name);

describe('rehydrate (R10)', () => {
  it('loads what was there, byte for byte, in the order of names', async () => {
    const names = ['b', 'a/b', 'a-b', 'a', '\u{10000}', '\uff5e'];
    const store = await filled(names);
    const before = await openRegistry({ store });
    const after = newRegistry(store);
    expect(await after.rehydrate()).toMatchObject({ manifests: 6 });
    expect(await scan(after)).toEqual(['a', 'a-b', 'a/b', 'b', '\uff5e', '\u{10000}']);
    for (const name of names) {
      const [is, was] = [await after.get(name, patient), await before.get(name, patient)];
      expect(is.storeEtag).toBe(was.storeEtag);
      expect(Buffer.compare(is.packed, was.packed)).toBe(0);
    }
  });

  it('ignores what does not end in .parquet', async () => {
    const store = await filled(['a']);
    await store.put('_catalog/manifests/README.txt', new Uint8Array(3), { kind: 'create' });
    await expect(newRegistry(store).rehydrate()).resolves.toMatchObject({ manifests: 1 });
  });

  it('loads nothing if one manifest is damaged, and names every bad key and why', async () => {
    const store = await filled(['a', 'b', 'c']);
    const good = await store.get(manifestKey('a'));
    if (good === undefined) throw new Error('not written');
    await store.put(manifestKey('b'), new Uint8Array([1, 2, 3]), { kind: 'overwrite' });
    await store.put(manifestKey('moved'), good.body, { kind: 'create' });
    const registry = newRegistry(store);
    const failed = registry.rehydrate();
    await expect(failed).rejects.toThrow(RehydrateError);
    await expect(failed).rejects.toThrow('_catalog/manifests/b.parquet');
    await expect(failed).rejects.toThrow('it holds the manifest of "a"');
    await expect(failed).rejects.toMatchObject({ bad: { length: 2 } });
    expect(registry.size).toBe(0);
    await expect(registry.get('a', patient)).rejects.toThrow(ErrNotReady);
  });

  it('retries passing faults of the store', async () => {
    const store = new FaultyStore(await filled(['a', 'b']));
    store.getFaults = [failBefore(down), failBefore(down)];
    let lists = 0;
    store.always = async ({ kind, pass }) => {
      if (kind === 'list' && ++lists < 3) throw down;
      return pass();
    };
    const registry = newRegistry(store);
    await expect(registry.rehydrate()).resolves.toMatchObject({ manifests: 2 });
    // Two that failed, then those of the checkpoint and of the manifests.
    expect(lists).toBe(4);
  });

  it('gives up when the store stays away for too long', async () => {
    const store = new FaultyStore(createMemoryStore());
    store.always = failBefore(down);
    const failed = newRegistry(store).rehydrate({ withinMs: 10_000 });
    await expect(failed).rejects.toThrow('does not answer: connection refused');
  });

  describe('where the store does not give one manifest out', () => {
    const names = Array.from({ length: 40 }, (_, i) => `n${i}`);
    const forbidden = new StoreUnavailableError('EACCES: permission denied');

    async function withForbidden(...keys: string[]) {
      const store = new FaultyStore(await filled(names));
      store.always = (call) =>
        call.kind === 'get' && keys.includes(call.key) ? failBefore(forbidden)(call) : call.pass();
      return store;
    }

    it('loads nothing, and names it and what is damaged', async () => {
      const store = await withForbidden(manifestKey('n1'));
      await store.put(manifestKey('n2'), new Uint8Array(3), { kind: 'overwrite' });
      const failed = newRegistry(store).rehydrate();
      await expect(failed).rejects.toThrow(`"${manifestKey('n1')}": EACCES`);
      await expect(failed).rejects.toThrow(`"${manifestKey('n2')}": no seal`);
    });

    it('serves the others in quarantine, and that one once it is given out', async () => {
      const store = await withForbidden(manifestKey('n1'));
      const registry = newRegistry(store, true);
      expect(await registry.rehydrate({ quarantine: true })).toMatchObject({ manifests: 39 });
      expect(registry.quarantined).toEqual(['n1']);
      await expect(registry.get('n0', patient)).resolves.toMatchObject({ version: 1n });
      await expect(registry.get('n1', patient)).rejects.toThrow(ErrStoreUnavailable);
      await registry.refresh();
      store.always = ({ pass }) => pass();
      await registry.refresh();
      expect(registry.quarantined).toEqual([]);
      await expect(registry.get('n1', patient)).resolves.toMatchObject({ version: 1n });
    });

    it('takes many of them for a store that does not answer, in quarantine, too', async () => {
      const store = await withForbidden(...names.slice(5).map(manifestKey));
      const failed = newRegistry(store).rehydrate({ quarantine: true });
      await expect(failed).rejects.toThrow('its store does not answer: EACCES');
    });

    it('takes it for a store that is gone if that no longer lists either', async () => {
      const store = new FaultyStore(await filled(['a', 'b']));
      store.always = (call) => (call.kind === 'get' ? gone(call) : call.pass());
      const gone: Fault = async () => {
        store.always = failBefore(down);
        throw down;
      };
      const failed = newRegistry(store).rehydrate({ quarantine: true });
      await expect(failed).rejects.toThrow('its store does not answer: connection refused');
    });
  });

  it('counts a key that is gone when it is read as absent', async () => {
    const store = new FaultyStore(await filled(['a', 'b']));
    store.getFaults = [async () => undefined];
    await expect(newRegistry(store).rehydrate()).resolves.toMatchObject({ manifests: 1 });
  });

  it('holds nothing locked while it reads', async () => {
    const store = new FaultyStore(await filled(['a']));
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    store.always = ({ pass }) => gate.then(pass);
    const registry = newRegistry(store);
    const loading = registry.rehydrate();
    await expect(registry.get('a', patient)).rejects.toThrow(ErrNotReady);
    open();
    await loading;
    await expect(registry.get('a', patient)).resolves.toMatchObject({ version: 1n });
  });
});
