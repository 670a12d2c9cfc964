import { describe, expect, it } from '@jest/globals';
import { checkpointKey, checkpointOrigin } from '../../src/catalog/checkpoint-origin.ts';
import { ErrManifestNotFound } from '../../src/catalog/errors.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import { Registry } from '../../src/catalog/registry.ts';
import { CheckpointFile } from '../../src/manifest/checkpoint.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import { eachListed } from '../../src/store/each-listed.ts';
import { OutcomeUnknownError, StoreUnavailableError } from '../../src/store/errors.ts';
import { checkKey } from '../../src/store/key.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { patient, registerCall } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import fc from '../support/fast-check.ts';
import { FaultyStore, failBefore } from '../support/faulty-store.ts';

/** So that few datasets are worth a checkpoint, or even one of several files. */
const FEW = { worthIt: 20 };
const SMALL = { groupRows: 4, fileBytes: 4_000, worthIt: 20 };

/** A registry over a store, with what it logs. */
function newRegistry(store: Store, codec = protobufViews, checkpoint: object = FEW) {
  const logged: string[] = [];
  const warn = (_: object, message: string) => logged.push(message);
  const log = { debug() {}, info() {}, warn, error: warn };
  const runtime = new FakeRuntime();
  const parts = { store, codec, runtime, log, shared: true, checkpoint };
  return { registry: new Registry(parts), logged };
}

/** A store with these datasets and a checkpoint of them. */
async function checkpointed(names: readonly string[], limits = FEW) {
  const store = createMemoryStore();
  const { registry } = newRegistry(store, protobufViews, limits);
  await registry.rehydrate();
  for (const name of names) await registry.register(registerCall({ name }), patient);
  await registry.checkpoint();
  return { store, registry };
}

/** What a new replica has loaded, how, and that it is what is in the store. */
async function start(store: Store, codec = protobufViews) {
  const watched = new FaultyStore(store);
  const { registry, logged } = newRegistry(watched, codec);
  const { fromCheckpoint } = await registry.rehydrate();
  const gets = watched.calls.filter((call) => call.startsWith('get _catalog/manifests/'));
  const { registry: slow } = newRegistry(await withoutCheckpoint(store));
  await slow.rehydrate();
  expect(await stateOf(registry)).toEqual(await stateOf(slow));
  return { registry, logged, fromCheckpoint, read: gets.length };
}

/** The same manifests, and nothing else. */
async function withoutCheckpoint(store: Store): Promise<Store> {
  return {
    url: store.url,
    rootUri: store.rootUri,
    exclusive: store.exclusive,
    get: (key) => store.get(key),
    put: (key, body, mode) => store.put(key, body, mode),
    delete: (key) => store.delete(key),
    close: () => store.close(),
    async *list(prefix) {
      for await (const page of store.list(prefix)) {
        yield page.filter(({ key }) => !key.startsWith('_catalog/checkpoint/'));
      }
    },
  };
}

async function stateOf(registry: Registry) {
  const entries = [...(await registry.scan('', undefined, patient, true))];
  return entries.map(({ name, storeEtag, packed }) => [
    name,
    storeEtag,
    Buffer.from(packed).toString('base64'),
  ]);
}

const names = Array.from({ length: 30 }, (_, i) => `team-${i % 3}/d${i}`);
const down = new StoreUnavailableError('connection refused');

describe('a start with a checkpoint', () => {
  it('reads no manifest that the checkpoint has', async () => {
    const { store } = await checkpointed(names);
    expect(await start(store)).toMatchObject({ fromCheckpoint: 30, read: 0, logged: [] });
  });

  it('is right whatever has happened since: changed, added, removed, put back', async () => {
    const change = fc.tuple(
      fc.constantFrom('register', 'delete', 'purge', 'remove', 'restore', 'checkpoint'),
      fc.integer({ min: 0, max: 9 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 15 }), async (changes) => {
        const { store, registry } = await checkpointed(names.slice(0, 6));
        const backup = new Map<string, Uint8Array>();
        for (const [what, i] of changes) {
          const name = names[i] as string;
          const key = manifestKey(name);
          const call = { name, expectedEtag: '', requestId: '', validateOnly: false };
          const body = (await store.get(key))?.body;
          if (body !== undefined) backup.set(key, body);
          const old = backup.get(key);
          if (what === 'register') {
            await registry.register(registerCall({ name }), patient).catch(() => {});
          } else if (what === 'delete' || what === 'purge') {
            await registry[what]({ ...call, allowMissing: true }, patient).catch(() => {});
          } else if (what === 'remove') await store.delete(key);
          else if (what === 'checkpoint') await registry.checkpoint();
          else if (old !== undefined) await store.put(key, old, { kind: 'overwrite' });
        }
        await start(store);
      }),
      { numRuns: 60 },
    );
  });

  it('has tombstones from it, too, emptied ones included', async () => {
    const { store, registry } = await checkpointed(names);
    const call = { expectedEtag: '', requestId: '', validateOnly: false, allowMissing: false };
    for (const name of names.slice(0, 4)) await registry.delete({ name, ...call }, patient);
    for (const name of names.slice(0, 2)) await registry.purge({ name, ...call }, patient);
    await registry.checkpoint();
    expect(await start(store)).toMatchObject({ fromCheckpoint: 30, read: 0 });
  });

  it.each(['flipped', 'cut', 'empty', 'none of ours'])(
    'ignores a file of it that is %s, with one line in the log',
    async (damage) => {
      const { store } = await checkpointed(names);
      const key = checkpointKey(0);
      const body = (await store.get(key))?.body as Uint8Array;
      const damaged = {
        flipped: body.map((byte, i) => (i === 1_000 ? byte ^ 1 : byte)),
        cut: body.subarray(0, body.length >> 1),
        empty: new Uint8Array(),
        'none of ours': new Uint8Array(5_000).fill(65),
      }[damage] as Uint8Array;
      await store.put(key, damaged, { kind: 'overwrite' });
      const started = await start(store);
      expect(started).toMatchObject({ fromCheckpoint: 0, read: 30 });
      expect(started.logged).toEqual([expect.stringContaining('checkpoint are ignored')]);
    },
  );

  it('ignores one that another version has written, and one of another store', async () => {
    const { store } = await checkpointed(names);
    const newer = { ...protobufViews, format: 'views 99' };
    expect(await start(store, newer)).toMatchObject({ fromCheckpoint: 0, read: 30 });
    const elsewhere = { ...store, url: 's3://another' };
    const started = await start(elsewhere);
    expect(started).toMatchObject({ fromCheckpoint: 0, read: 30 });
    expect(started.logged).toHaveLength(1);
  });

  it('believes of it only what the listing confirms: a name alone, or an etag alone, is nothing', async () => {
    const { store, registry } = await checkpointed(names.slice(0, 2));
    const [a, b] = [...(await registry.scan('', undefined, patient))];
    if (a === undefined || b === undefined) throw new Error('not registered');
    const file = new CheckpointFile(checkpointOrigin(store, protobufViews));
    file.add([
      { name: a.name, storeEtag: b.storeEtag, entry: a.packed },
      { name: 'ghost', storeEtag: b.storeEtag, entry: b.packed },
    ]);
    await store.put(checkpointKey(0), file.finish(), { kind: 'overwrite' });
    const started = await start(store);
    expect(started).toMatchObject({ fromCheckpoint: 0, read: 2 });
    await expect(started.registry.get('ghost', patient)).rejects.toThrow(ErrManifestNotFound);
  });

  it('waits for a store that passes by, and needs no checkpoint to be there', async () => {
    const { store } = await checkpointed(names);
    const faulty = new FaultyStore(store);
    faulty.getFaults = [failBefore(down), failBefore(down), async () => undefined];
    const { registry } = newRegistry(faulty);
    expect(await registry.rehydrate()).toMatchObject({ manifests: 30, fromCheckpoint: 0 });
  });

  it.each([
    ['the store does not give out', checkpointKey(0), new StoreUnavailableError('EACCES')],
    ['has a key that no store takes', '_catalog/checkpoint/a\\b.parquet', new TypeError('no key')],
  ])('ignores a file of it that %s, and reads the manifests', async (_, key, error) => {
    const { store } = await checkpointed(names);
    const faulty = new FaultyStore(store);
    faulty.always = (call) => (call.key === key ? failBefore(error)(call) : call.pass());
    faulty.list = async function* (prefix) {
      if (prefix === '_catalog/checkpoint/') yield [{ key, etag: 'e', sizeBytes: 1 }];
      else yield* store.list(prefix);
    };
    const { registry, logged } = newRegistry(faulty);
    expect(await registry.rehydrate()).toMatchObject({ manifests: 30, fromCheckpoint: 0 });
    expect(logged.at(-1)).toContain('checkpoint are ignored');
  });

  it('still names every manifest that cannot be read', async () => {
    const { store } = await checkpointed(names);
    await store.put(manifestKey(names[3] as string), new Uint8Array(9), { kind: 'overwrite' });
    const { registry } = newRegistry(store);
    await expect(registry.rehydrate()).rejects.toThrow(manifestKey(names[3] as string));
  });
});

describe('writing a checkpoint', () => {
  async function manyFiles() {
    const made = await checkpointed(names, SMALL);
    expect((await files(made.store)).length).toBeGreaterThan(2);
    return made;
  }

  const files = async (store: Store) => {
    const keys: string[] = [];
    for await (const { key } of eachListed(store, '_catalog/checkpoint/')) keys.push(key);
    return keys.sort();
  };

  it('takes several files for much, each of which is good by itself', async () => {
    const { store } = await manyFiles();
    await store.delete(checkpointKey(1));
    const { fromCheckpoint, read } = await start(store);
    expect(fromCheckpoint).toBeGreaterThan(0);
    expect(read).toBeGreaterThan(0);
    expect(fromCheckpoint + read).toBe(30);
  });

  it.each([
    ['that was not sent', down],
    ['of unknown outcome', new OutcomeUnknownError('the answer was lost')],
  ])('that is cut off by a put %s leaves a good one', async (_, fault) => {
    const { store, registry } = await manyFiles();
    for (const name of names) await registry.register(registerCall({ name }), patient);
    const faulty = new FaultyStore(store);
    const { registry: other } = newRegistry(faulty, protobufViews, SMALL);
    await other.rehydrate();
    faulty.putFaults = [({ pass }) => pass(), failBefore(fault)];
    await expect(other.checkpoint()).rejects.toThrow(fault.message);
    const { fromCheckpoint, read } = await start(store);
    expect(fromCheckpoint).toBeGreaterThan(0);
    expect(fromCheckpoint + read).toBe(30);
  });

  it('removes the files of a longer one', async () => {
    const { store, registry } = await manyFiles();
    for (const name of names.slice(2)) {
      await store.delete(manifestKey(name));
    }
    await registry.refresh();
    await registry.checkpoint();
    expect(await files(store)).toEqual([checkpointKey(0)]);
    expect(await start(store)).toMatchObject({ fromCheckpoint: 2, read: 0 });
  });

  it('by two replicas at once leaves a good one', async () => {
    const { store, registry } = await manyFiles();
    const { registry: other } = newRegistry(store, protobufViews, SMALL);
    await other.rehydrate();
    for (const name of names.slice(0, 15)) {
      await registry.register(registerCall({ name }), patient);
    }
    await registry.register(registerCall({ name: 'a-first' }), patient);
    await Promise.all([registry.checkpoint(), other.checkpoint()]);
    await start(store);
  });

  it('goes on while the index changes', async () => {
    const { store, registry } = await manyFiles();
    const writing = registry.checkpoint();
    for (const name of names) await registry.register(registerCall({ name }), patient);
    await writing;
    await start(store);
  });
});

it.each(['README', 'a\\b.parquet'])(
  'writing leaves what is no file of it alone: %s',
  async (file) => {
    const key = `_catalog/checkpoint/${file}`;
    const { store, registry } = await checkpointed(names);
    const beneath = store.list.bind(store);
    store.list = async function* (prefix) {
      yield* beneath(prefix);
      if (key.startsWith(prefix)) yield [{ key, etag: 'e', sizeBytes: 1 }];
    };
    const deleted: string[] = [];
    store.delete = async (each) => {
      checkKey(each);
      deleted.push(each);
    };
    await registry.checkpoint();
    expect(deleted).toEqual([]);
  },
);

describe('when a checkpoint is written', () => {
  /** A registry with many datasets, and how often it has written one while it was kept for three rounds. */
  async function keep(count: number, before: (registry: Registry) => Promise<unknown>) {
    const store = new FaultyStore(createMemoryStore());
    const { registry } = newRegistry(store);
    await registry.rehydrate();
    for (let i = 0; i < count; i++)
      await registry.register(registerCall({ name: `d${i}` }), patient);
    await before(registry);
    const stopping = new AbortController();
    const puts = () => store.calls.filter((call) => call.startsWith('put _catalog/checkpoint/'));
    const earlier = puts().length;
    const kept = registry.keepCheckpoint(1_000, stopping.signal);
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    stopping.abort();
    await kept;
    return { registry, store, written: () => puts().length - earlier };
  }

  it('is once enough has changed, and not again before that', async () => {
    const { written, registry } = await keep(20, async () => {});
    expect(written()).toBe(1);
    await registry.lastCheckpoint(new AbortController().signal);
    expect(written()).toBe(1);
    await registry.register(registerCall({ name: 'd0' }), patient);
    await registry.lastCheckpoint(new AbortController().signal);
    expect(written()).toBe(2);
  });

  it('is not for few datasets', async () => {
    expect((await keep(19, async () => {})).written()).toBe(0);
  });

  it('is not where the last one is recent', async () => {
    expect((await keep(20, (registry) => registry.checkpoint())).written()).toBe(0);
  });

  it('at the end is cut off by its signal, without harm', async () => {
    const { registry, store, written } = await keep(20, (each) => each.checkpoint());
    await registry.register(registerCall({ name: 'd0' }), patient);
    await registry.lastCheckpoint(AbortSignal.abort());
    expect(written()).toBe(0);
    await start(store);
  });
});
