import { describe, expect, it } from '@jest/globals';
import {
  ErrCorruptManifest,
  ErrEtagMismatch,
  ErrManifestNotFound,
  ErrOutcomeUnknown,
  ErrStoreUnavailable,
} from '../../src/catalog/errors.ts';
import { etagOf } from '../../src/catalog/etag.ts';
import { MissCache } from '../../src/catalog/miss-cache.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import { SingleFlight } from '../../src/catalog/single-flight.ts';
import { encodeManifest } from '../../src/manifest/encode.ts';
import type { ManifestFile } from '../../src/manifest/manifest.ts';
import { OutcomeUnknownError } from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openRegistry, patient, registerCall, storedFile } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { FaultyStore } from '../support/faulty-store.ts';

const name = 'sales/orders';

describe('a put of unknown outcome', () => {
  it('after which the file is damaged stays undecided: reads ask the store (R15)', async () => {
    const beneath = createMemoryStore();
    const store = new FaultyStore(beneath);
    const registry = await openRegistry({ store });
    await registry.register(registerCall(), patient);
    store.putFaults = [
      async () => {
        await beneath.put(manifestKey(name), new Uint8Array(99), { kind: 'overwrite' });
        throw new OutcomeUnknownError('connection reset');
      },
    ];
    const call = registerCall({ rowCount: 5n });
    await expect(registry.register(call, patient)).rejects.toThrow(ErrOutcomeUnknown);
    await expect(registry.get(name, patient)).rejects.toThrow(ErrCorruptManifest);
  });
});

describe('a miss', () => {
  it('is remembered from when the store was asked, not from when it answered (R16)', async () => {
    const beneath = createMemoryStore();
    const store = new FaultyStore(beneath);
    const runtime = new FakeRuntime();
    const registry = await openRegistry({ store, runtime, shared: true });
    const other = await openRegistry({ store: beneath, shared: true });
    store.getFaults = [
      async ({ pass }) => {
        const answer = await pass();
        runtime.advance(900);
        return answer;
      },
    ];
    await expect(registry.get(name, patient)).rejects.toThrow(ErrManifestNotFound);
    await other.register(registerCall(), patient);
    runtime.advance(100);
    expect((await registry.get(name, patient)).version).toBe(1n);
  });

  it('makes room for others: names are a stranger’s choice', () => {
    const misses = new MissCache(new FakeRuntime());
    for (let i = 0; i < 10_001; i++) misses.add(`n${i}`, 0);
    expect(misses.has('n10000')).toBe(true);
    expect(misses.has('n0')).toBe(false);
  });
});

describe('SingleFlight', () => {
  it('does not pass the failure of a read on to those that came after it began', async () => {
    const first = Promise.withResolvers<string>();
    let reads = 0;
    const flight = new SingleFlight(() => (++reads === 1 ? first.promise : Promise.resolve('b')));
    const early = flight.fresh('k');
    const late = flight.fresh('k');
    first.reject(new ErrStoreUnavailable());
    await expect(early).rejects.toThrow(ErrStoreUnavailable);
    await expect(late).resolves.toBe('b');
  });
});

describe('a tombstone', () => {
  it('is not matched by an expected etag, not even by its own (R12, R13)', async () => {
    const store = createMemoryStore();
    await (await openRegistry({ store })).register(registerCall(), patient);
    const file = (await storedFile(store, name)) as ManifestFile;
    const tombstone = { ...file, deletedAt: file.manifest.updatedAt };
    await store.put(manifestKey(name), encodeManifest(tombstone), { kind: 'overwrite' });
    const registry = await openRegistry({ store });
    const call = registerCall({ expectedEtag: etagOf(file.manifest) });
    await expect(registry.register(call, patient)).rejects.toThrow(ErrEtagMismatch);
  });
});
