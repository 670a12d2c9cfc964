import { describe, expect, it } from '@jest/globals';
import {
  ErrEtagMismatch,
  ErrFingerprintConflict,
  ErrManifestNotFound,
  ErrNotReady,
  ErrRequestIdReused,
  ErrUpgradeRequired,
} from '../../src/catalog/errors.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import { Registry } from '../../src/catalog/registry.ts';
import { encodeManifest } from '../../src/manifest/encode.ts';
import type { ManifestFile } from '../../src/manifest/manifest.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { craft } from '../manifest/craft.ts';
import { openRegistry, patient, registerCall, silentLog, storedFile } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';

const name = 'sales/orders';

async function setUp() {
  const store = createMemoryStore();
  const runtime = new FakeRuntime();
  const registry = await openRegistry({ store, runtime });
  const register = (changes = {}) => registry.register(registerCall(changes), patient);
  return { store, runtime, registry, register };
}

describe('register', () => {
  it('creates what is not there (R2)', async () => {
    const { store, runtime, registry, register } = await setUp();
    const { entry, existing, replayed, version } = await register({ rowCount: 0n });
    expect({ existing, replayed, version }).toEqual({
      existing: false,
      replayed: false,
      version: 1n,
    });
    expect(await registry.get(name, patient)).toBe(entry);
    const file = await storedFile(store, name);
    expect(file?.manifest).toEqual({
      datasetId: entry?.datasetId,
      name,
      schemaFingerprint: 'fp-1',
      objects: registerCall().objects,
      createdAt: runtime.now(),
      updatedAt: runtime.now(),
      rowCount: 0n,
      version: 1n,
      labels: new Map(),
    });
    expect(file?.recentWrites).toHaveLength(1);
  });

  it('gives a dataset id that is a function of the name alone, for ever', async () => {
    const { register } = await setUp();
    const { entry } = await register({ name: 'a' });
    expect(entry?.datasetId).toBe('d1a79944-3677-5c38-bca1-af0f6255bbc1');
  });

  it('updates what has the same fingerprint (R3)', async () => {
    const { store, runtime, register } = await setUp();
    const first = await register({ rowCount: 7n, labels: new Map([['team', 'x']]) });
    runtime.advance(5);
    const objects = [{ key: 'b', sizeBytes: 2n }];
    const second = await register({ objects });
    expect(second).toMatchObject({ existing: true, version: 2n });
    const { manifest } = (await storedFile(store, name)) as ManifestFile;
    expect(manifest.datasetId).toBe(first.entry?.datasetId);
    expect(manifest.createdAt).toBe(first.entry?.createdAt);
    expect(manifest.updatedAt).toBe(runtime.now());
    expect(manifest.objects).toEqual(objects);
    expect(manifest.rowCount).toBeUndefined();
    expect(manifest.labels).toEqual(new Map([['team', 'x']]));
    expect(second.entry?.etag).not.toBe(first.entry?.etag);
  });

  it('keeps labels unless the call gives labels, and clears them when it gives none', async () => {
    const { store, register } = await setUp();
    await register({ labels: new Map([['a', '1']]) });
    await register({ labels: new Map([['b', '2']]) });
    await register();
    expect((await storedFile(store, name))?.manifest.labels).toEqual(new Map([['b', '2']]));
    await register({ labels: new Map() });
    expect((await storedFile(store, name))?.manifest.labels).toEqual(new Map());
  });

  it('moves updated_at on though the clock stands still or goes back', async () => {
    const { runtime, register } = await setUp();
    const first = await register();
    const second = await register();
    runtime.wallMicros -= 60_000_000n;
    const third = await register();
    const times = [first, second, third].map(({ entry }) => entry?.updatedAt as bigint);
    const [t0 = 0n] = times;
    expect(times).toEqual([t0, t0 + 1n, t0 + 2n]);
    expect(third.entry?.createdAt).toBe(t0);
  });

  it('refuses another fingerprint, naming both, and changes nothing (R4)', async () => {
    const { store, registry, register } = await setUp();
    await register();
    const before = await store.get(manifestKey(name));
    const refused = register({ schemaFingerprint: 'fp-2', labels: new Map([['x', 'y']]) });
    await expect(refused).rejects.toThrow(ErrFingerprintConflict);
    await expect(refused).rejects.toMatchObject({
      metadata: { name, current_fingerprint: 'fp-1', given_fingerprint: 'fp-2' },
    });
    expect(await store.get(manifestKey(name))).toEqual(before);
    expect((await registry.get(name, patient)).version).toBe(1n);
  });

  it('is not aliased by what it was given (R7)', async () => {
    const { registry, register } = await setUp();
    const objects = [{ key: 'a', sizeBytes: 1n }];
    const labels = new Map([['k', 'v']]);
    await register({ objects, labels });
    objects.push({ key: 'evil', sizeBytes: 1n });
    labels.set('k', 'evil');
    const entry = await registry.get(name, patient);
    expect([...protobufViews.objects(entry, 0)]).toHaveLength(1);
    expect(protobufViews.labels(entry)).toEqual(new Map([['k', 'v']]));
  });

  describe('expected_etag', () => {
    it('lets through the current one only', async () => {
      const { register } = await setUp();
      const { entry } = await register();
      const expectedEtag = entry?.etag ?? '';
      await expect(register({ expectedEtag })).resolves.toMatchObject({ version: 2n });
      const stale = register({ expectedEtag });
      await expect(stale).rejects.toThrow(ErrEtagMismatch);
      await expect(stale).rejects.toMatchObject({
        metadata: { current_etag: expect.stringMatching(/^2-/) },
      });
    });

    it('never matches a dataset that does not exist, and is checked before the fingerprint (R13)', async () => {
      const { register } = await setUp();
      await expect(register({ expectedEtag: '1-x' })).rejects.toThrow(ErrEtagMismatch);
      await register();
      await expect(register({ expectedEtag: '1-x', schemaFingerprint: 'fp-2' })).rejects.toThrow(
        ErrEtagMismatch,
      );
    });
  });

  describe('request_id', () => {
    it('answers a repeated call from the record, with the manifest as it is now (R14)', async () => {
      const { register } = await setUp();
      const call = { requestId: 'r1', expectedEtag: '' };
      await register(call);
      const later = await register();
      const again = await register(call);
      expect(again).toEqual({ entry: later.entry, existing: false, replayed: true, version: 1n });
    });

    it('survives a restart', async () => {
      const { store, register } = await setUp();
      await register({ requestId: 'r1' });
      const restarted = await openRegistry({ store });
      const again = await restarted.register(registerCall({ requestId: 'r1' }), patient);
      expect(again).toMatchObject({ existing: false, replayed: true, version: 1n });
    });

    it('comes before the etag and the fingerprint (R13)', async () => {
      const { register } = await setUp();
      const { entry } = await register();
      const call = { requestId: 'r2', expectedEtag: entry?.etag ?? '' };
      await register(call);
      await expect(register(call)).resolves.toMatchObject({ replayed: true, version: 2n });
    });

    it.each([
      { schemaFingerprint: 'fp-2' },
      { objects: [] },
      { rowCount: 1n },
      { labels: new Map() },
      { expectedEtag: 'e' },
      { schema: '[["id","OPTIONAL","INT64",null,null]]' },
    ])('is refused for another call: %j', async (change) => {
      const { register } = await setUp();
      await register({ requestId: 'r1' });
      await expect(register({ requestId: 'r1', ...change })).rejects.toThrow(ErrRequestIdReused);
    });

    it('takes labels in another order for the same call', async () => {
      const { register } = await setUp();
      const [a, b] = [['a', '1'] as const, ['b', '2'] as const];
      await register({ requestId: 'r1', labels: new Map([a, b]) });
      const again = await register({ requestId: 'r1', labels: new Map([b, a]) });
      expect(again.replayed).toBe(true);
    });

    it('is not recorded for a refused call', async () => {
      const { register } = await setUp();
      await register();
      await expect(register({ requestId: 'r1', schemaFingerprint: 'fp-2' })).rejects.toThrow(
        ErrFingerprintConflict,
      );
      await expect(register({ requestId: 'r1' })).resolves.toMatchObject({ replayed: false });
    });

    it('is remembered for the last 64 writes of the name', async () => {
      const { store, register } = await setUp();
      await register({ requestId: 'r1' });
      for (let i = 0; i < 63; i++) await register();
      await expect(register({ requestId: 'r1' })).resolves.toMatchObject({ replayed: true });
      await register();
      await expect(register({ requestId: 'r1' })).resolves.toMatchObject({
        replayed: false,
        version: 66n,
      });
      expect((await storedFile(store, name))?.recentWrites).toHaveLength(64);
    });
  });

  describe('validate_only', () => {
    it('shows what would be and writes nothing', async () => {
      const { store, registry, register } = await setUp();
      const validateOnly = true;
      const create = await register({ validateOnly, requestId: 'r1' });
      expect(create).toMatchObject({ existing: false, version: 1n });
      await expect(registry.get(name, patient)).rejects.toThrow(ErrManifestNotFound);
      expect(await store.get(manifestKey(name))).toBeUndefined();
      await register({ requestId: 'r1' });
      const update = await register({ validateOnly });
      expect(update).toMatchObject({ existing: true, replayed: false, version: 2n });
      expect((await registry.get(name, patient)).version).toBe(1n);
    });

    it('refuses what the real call would be refused', async () => {
      const { register } = await setUp();
      await register();
      await expect(register({ validateOnly: true, schemaFingerprint: 'fp-2' })).rejects.toThrow(
        ErrFingerprintConflict,
      );
    });
  });

  it('never rewrites what a newer catalogd wrote, but reads it', async () => {
    const store = createMemoryStore();
    const future = craft({ row: { name: 'newer', min_writer: 3 } });
    await store.put(manifestKey('newer'), future, { kind: 'create' });
    const registry = await openRegistry({ store });
    const call = registerCall({ name: 'newer', schemaFingerprint: 'f' });
    await expect(registry.register(call, patient)).rejects.toThrow(ErrUpgradeRequired);
    await expect(registry.get('newer', patient)).resolves.toMatchObject({ readOnly: true });
  });

  describe('over a tombstone (R12)', () => {
    async function withTombstone() {
      const { store, register } = await setUp();
      await register({ requestId: 'r1', labels: new Map([['k', 'v']]) });
      const file = (await storedFile(store, name)) as ManifestFile;
      const { version, updatedAt } = file.manifest;
      const write = { ...file.recentWrites[0], version: version + 1n, writeId: 'w-delete' };
      const tombstone = {
        ...file,
        manifest: { ...file.manifest, version: version + 1n, updatedAt: updatedAt + 5n },
        writeId: 'w-delete',
        recentWrites: [...file.recentWrites, { ...write, requestId: '', method: 'DeleteManifest' }],
        deletedAt: updatedAt + 5n,
      } as ManifestFile;
      await store.put(manifestKey(name), encodeManifest(tombstone), { kind: 'overwrite' });
      return { registry: await openRegistry({ store }), tombstone };
    }

    it('counts as absent for reads', async () => {
      const { registry } = await withTombstone();
      await expect(registry.get(name, patient)).rejects.toThrow(ErrManifestNotFound);
      expect([...(await registry.scan('', undefined, patient))]).toEqual([]);
      expect(registry.size).toBe(0);
    });

    it('is created anew, with another fingerprint too: new times, same id, the version goes on', async () => {
      const { registry, tombstone } = await withTombstone();
      const call = registerCall({ schemaFingerprint: 'fp-2' });
      const { entry, existing, version } = await registry.register(call, patient);
      expect({ existing, version }).toEqual({ existing: false, version: 3n });
      expect(entry?.datasetId).toBe(tombstone.manifest.datasetId);
      expect(entry?.createdAt).toBeGreaterThan(tombstone.manifest.updatedAt);
      expect(protobufViews.labels(entry as never)).toEqual(new Map());
      expect(entry?.deletedAt).toBeUndefined();
    });

    it('still remembers request ids', async () => {
      const { registry } = await withTombstone();
      const call = registerCall({ requestId: 'r1', labels: new Map([['k', 'v']]) });
      await expect(registry.register(call, patient)).resolves.toEqual({
        entry: undefined,
        existing: false,
        replayed: true,
        version: 1n,
      });
    });

    it('remembers them over the re-creation, too', async () => {
      const { registry } = await withTombstone();
      await registry.register(registerCall({ schemaFingerprint: 'fp-2' }), patient);
      const call = registerCall({ requestId: 'r1', labels: new Map([['k', 'v']]) });
      await expect(registry.register(call, patient)).resolves.toMatchObject({
        entry: { version: 3n },
        replayed: true,
        version: 1n,
      });
    });

    it('matches no expected etag', async () => {
      const { registry } = await withTombstone();
      const call = registerCall({ expectedEtag: '2-x' });
      await expect(registry.register(call, patient)).rejects.toThrow('does not exist');
    });
  });

  it('answers nothing before it is loaded, except that the input is wrong', async () => {
    const registry = new Registry({
      store: createMemoryStore(),
      codec: protobufViews,
      runtime: new FakeRuntime(),
      log: silentLog,
      shared: false,
    });
    await expect(registry.register(registerCall(), patient)).rejects.toThrow(ErrNotReady);
    await expect(registry.get(name, patient)).rejects.toThrow(ErrNotReady);
    await expect(registry.batchGet([name], patient)).rejects.toThrow(ErrNotReady);
    await expect(registry.scan('', undefined, patient)).rejects.toThrow(ErrNotReady);
    await expect(registry.register(registerCall({ name: '' }), patient)).rejects.toThrow('name');
  });
});
