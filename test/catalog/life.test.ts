import { beforeEach, describe, expect, it } from '@jest/globals';
import type {
  DeleteCall,
  EvolveCall,
  UndeleteCall,
  UpdateObjectsCall,
} from '../../src/catalog/call.ts';
import {
  ErrEtagMismatch,
  ErrFingerprintConflict,
  ErrInvalidArgument,
  ErrManifestExists,
  ErrManifestNotFound,
  ErrNotDeleted,
  ErrObjectNotFound,
  ErrRequestIdReused,
  ErrSchemaIncompatible,
} from '../../src/catalog/errors.ts';
import { WEAK } from '../../src/catalog/read-options.ts';
import type { Registry } from '../../src/catalog/registry.ts';
import type { DataObject } from '../../src/manifest/manifest.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import { fingerprintOfText } from '../../src/schema/canonical.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { openRegistry, patient, registerCall, storedFile } from '../support/catalog.ts';

const name = 'sales/orders';
const none = { expectedEtag: '', requestId: '', validateOnly: false };
const SHOW_DELETED = { ...WEAK, showDeleted: true };
const ID_OPTIONAL = '[["id","OPTIONAL","INT64",null,null]]';
const ID_REQUIRED = '[["id","REQUIRED","INT64",null,null]]';

let store: Store;
let registry: Registry;
beforeEach(async () => {
  store = createMemoryStore();
  registry = await openRegistry({ store });
});

const register = (changes = {}) => registry.register(registerCall(changes), patient);
const remove = (changes: Partial<DeleteCall> = {}) =>
  registry.delete({ name, allowMissing: false, ...none, ...changes }, patient);
const undelete = (changes: Partial<UndeleteCall> = {}) =>
  registry.undelete({ name, ...none, ...changes }, patient);
const purge = (changes: Partial<DeleteCall> = {}) =>
  registry.purge({ name, allowMissing: false, ...none, ...changes }, patient);
const evolve = (changes: Partial<EvolveCall> = {}) =>
  registry.evolve(
    {
      name,
      fromFingerprint: 'fp-1',
      toFingerprint: 'fp-2',
      objects: [],
      compatibility: 'none',
      ...none,
      ...changes,
    },
    patient,
  );
const update = (changes: Partial<UpdateObjectsCall> = {}) =>
  registry.updateObjects(
    { name, schemaFingerprint: 'fp-1', putObjects: [], removeKeys: [], ...none, ...changes },
    patient,
  );
const current = async () => protobufViews.decode(await registry.get(name, patient));
const object = (key: string, rowCount?: bigint): DataObject => ({
  key,
  sizeBytes: 1n,
  ...(rowCount !== undefined && { rowCount }),
});

describe('delete', () => {
  it('hides the dataset, and keeps it for undelete over a restart', async () => {
    await register({ rowCount: 5n, labels: new Map([['a', 'b']]), schema: ID_OPTIONAL });
    const before = await current();
    const { entry, version } = await remove();
    expect(version).toBe(2n);
    expect(entry?.deletedAt).toBe(entry?.updatedAt);
    await expect(registry.get(name, patient)).rejects.toThrow(ErrManifestNotFound);
    registry = await openRegistry({ store });
    await expect(registry.get(name, patient)).rejects.toThrow(ErrManifestNotFound);
    expect((await registry.get(name, patient, SHOW_DELETED)).deletedAt).toBe(entry?.deletedAt);
    await undelete();
    const after = await current();
    expect(after).toEqual({ ...before, version: 3n, updatedAt: after.updatedAt });
    expect(after.updatedAt).toBeGreaterThan(before.updatedAt);
  });

  it('is in the list only if asked for', async () => {
    await register();
    await register({ name: 'another' });
    await remove();
    const names = async (showDeleted: boolean) =>
      [...(await registry.scan('', undefined, patient, showDeleted))].map((entry) => entry.name);
    expect(await names(false)).toEqual(['another']);
    expect(await names(true)).toEqual(['another', name]);
    await purge();
    expect(await names(true)).toEqual(['another']);
  });

  it('of what is not there is refused, or nothing where that is allowed', async () => {
    await expect(remove()).rejects.toThrow(ErrManifestNotFound);
    const nothing = { entry: undefined, existing: false, replayed: false, version: 0n };
    expect(await remove({ allowMissing: true })).toEqual(nothing);
    expect(await storedFile(store, name)).toBeUndefined();
    // R13: the etag comes before existence.
    await expect(remove({ allowMissing: true, expectedEtag: '1-x' })).rejects.toThrow(
      ErrEtagMismatch,
    );
    await register();
    await remove();
    await expect(remove()).rejects.toThrow(ErrManifestNotFound);
  });

  it('is replayed by its request id, also after the dataset was created anew', async () => {
    await register();
    await remove({ requestId: 'r' });
    expect(await remove({ requestId: 'r' })).toMatchObject({
      entry: { version: 2n, deletedAt: expect.anything() },
      replayed: true,
      version: 2n,
    });
    await register({ schemaFingerprint: 'fp-9' });
    expect(await remove({ requestId: 'r' })).toMatchObject({ replayed: true, version: 2n });
    expect((await current()).version).toBe(3n);
    await expect(undelete({ requestId: 'r' })).rejects.toThrow(ErrRequestIdReused);
    for (const other of [{ allowMissing: true }, { expectedEtag: 'e' }]) {
      await expect(remove({ requestId: 'r', ...other })).rejects.toThrow(ErrRequestIdReused);
    }
  });

  it('then register creates anew: other fingerprint, new time, same id, the version goes on', async () => {
    await register({ labels: new Map([['a', 'b']]), schema: ID_OPTIONAL });
    const before = await current();
    await remove();
    const { existing, version } = await register({ schemaFingerprint: 'fp-9' });
    expect({ existing, version }).toEqual({ existing: false, version: 3n });
    const after = await current();
    expect(after.datasetId).toBe(before.datasetId);
    expect(after.createdAt).toBeGreaterThan(before.updatedAt);
    expect(after.labels).toEqual(new Map());
    expect(after.schema).toBeUndefined();
    await expect(undelete()).rejects.toThrow(ErrManifestExists);
  });

  it('only says what it would do with validate_only', async () => {
    await register();
    expect(await remove({ validateOnly: true })).toMatchObject({ version: 2n });
    expect((await current()).version).toBe(1n);
  });
});

describe('undelete', () => {
  it('of what was never there or was purged is refused', async () => {
    await expect(undelete()).rejects.toThrow(ErrManifestNotFound);
    await register();
    await remove();
    await purge();
    await expect(undelete()).rejects.toThrow(ErrManifestNotFound);
  });

  it('expects the etag of the tombstone', async () => {
    const { entry: live } = await register();
    const { entry: deleted } = await remove();
    await expect(undelete({ expectedEtag: live?.etag as string })).rejects.toThrow(ErrEtagMismatch);
    const expectedEtag = deleted?.etag as string;
    expect(await undelete({ expectedEtag, requestId: 'u' })).toMatchObject({ version: 3n });
    await expect(undelete({ requestId: 'u' })).rejects.toThrow(ErrRequestIdReused);
  });
});

describe('purge', () => {
  it('empties the tombstone, whose file, version and record of writes stay', async () => {
    await register({ requestId: 'r', labels: new Map([['a', 'b']]), rowCount: 5n });
    await expect(purge()).rejects.toThrow(ErrNotDeleted);
    await remove();
    expect(await purge()).toMatchObject({ version: 3n });
    const file = await storedFile(store, name);
    expect(file?.manifest).toMatchObject({ schemaFingerprint: '', objects: [], version: 3n });
    expect(file?.manifest.rowCount).toBeUndefined();
    expect(file?.manifest.labels.size).toBe(0);
    expect(file?.deletedAt).toBeLessThan(file?.manifest.updatedAt as bigint);
    await expect(registry.get(name, patient, SHOW_DELETED)).rejects.toThrow(ErrManifestNotFound);
    const again = await register({ requestId: 'r', labels: new Map([['a', 'b']]), rowCount: 5n });
    expect(again).toMatchObject({ replayed: true, version: 1n });
    expect(await register()).toMatchObject({ existing: false, version: 4n });
  });

  it('of what is not there is refused, or nothing where that is allowed', async () => {
    await expect(purge()).rejects.toThrow(ErrManifestNotFound);
    expect(await purge({ allowMissing: true })).toMatchObject({ version: 0n });
  });
});

describe('evolve', () => {
  it('changes fingerprint, schema and objects, keeps id, labels and creation, records the former', async () => {
    await register({ labels: new Map([['a', 'b']]), rowCount: 3n, schema: ID_OPTIONAL });
    const before = await current();
    const { changes, existing } = await evolve({ objects: [object('n')], schema: ID_REQUIRED });
    expect(existing).toBe(true);
    expect(changes).toMatchObject([{ path: 'id', breaksBackward: true, breaksForward: false }]);
    const { rowCount: _, ...kept } = before;
    const after = await current();
    expect(after).toEqual({
      ...kept,
      schemaFingerprint: 'fp-2',
      schema: ID_REQUIRED,
      objects: [object('n')],
      updatedAt: after.updatedAt,
      version: 2n,
      formerFingerprints: [
        { schemaFingerprint: 'fp-1', replacedInVersion: 2n, replacedAt: after.updatedAt },
      ],
    });
    await expect(register()).rejects.toThrow(ErrFingerprintConflict);
    expect(await register({ schemaFingerprint: 'fp-2' })).toMatchObject({ existing: true });
    expect((await current()).formerFingerprints).toEqual(after.formerFingerprints);
    expect((await current()).schema).toBe(ID_REQUIRED);
  });

  it('remembers the latest 32 former fingerprints', async () => {
    await register({ schemaFingerprint: 'fp-0' });
    for (let i = 0; i < 34; i++) {
      await evolve({ fromFingerprint: `fp-${i}`, toFingerprint: `fp-${i + 1}` });
    }
    registry = await openRegistry({ store });
    const { formerFingerprints = [] } = await current();
    expect(formerFingerprints).toHaveLength(32);
    expect(formerFingerprints[0]).toMatchObject({ schemaFingerprint: 'fp-2' });
    expect(formerFingerprints[31]).toMatchObject({ schemaFingerprint: 'fp-33' });
  });

  it('is refused from another fingerprint, and without a dataset', async () => {
    await expect(evolve()).rejects.toThrow(ErrManifestNotFound);
    await register();
    await expect(evolve({ fromFingerprint: 'fp-7' })).rejects.toThrow(ErrFingerprintConflict);
    await expect(evolve({ toFingerprint: 'fp-1' })).rejects.toThrow(ErrInvalidArgument);
  });

  it.each([
    ['none', ID_REQUIRED, true],
    ['backward', ID_REQUIRED, false],
    ['forward', ID_REQUIRED, true],
    ['full', ID_REQUIRED, false],
    ['full', '[["id","OPTIONAL","INT64",null,null],["x","OPTIONAL","INT32",null,null]]', true],
  ] as const)('checks %s compatibility', async (compatibility, schema, allowed) => {
    await register({ schema: ID_OPTIONAL });
    const call = { schema, compatibility };
    for (const validateOnly of [true, false]) {
      const evolving = evolve({ ...call, validateOnly });
      if (allowed) await evolving;
      else await expect(evolving).rejects.toThrow(ErrSchemaIncompatible);
    }
    expect((await current()).schemaFingerprint).toBe(allowed ? 'fp-2' : 'fp-1');
  });

  it('checks nothing where a schema is not known', async () => {
    await register();
    const { changes } = await evolve({ schema: ID_REQUIRED, compatibility: 'full' });
    expect(changes).toBeUndefined();
  });

  it('takes a schema only with its own fingerprint, where that is of our scheme', async () => {
    const own = fingerprintOfText(ID_REQUIRED);
    await register();
    await expect(evolve({ toFingerprint: own, schema: ID_OPTIONAL })).rejects.toThrow(
      'is not that of the schema given',
    );
    await evolve({ toFingerprint: own, schema: ID_REQUIRED });
    await expect(
      register({ name: 'b', schemaFingerprint: own, schema: ID_OPTIONAL }),
    ).rejects.toThrow(ErrInvalidArgument);
  });
});

describe('update of objects', () => {
  it('replaces in place, adds at the end, removes, and adjusts the row count', async () => {
    const objects = [object('a', 1n), object('b', 2n), object('c', 4n)];
    await register({ objects, rowCount: 7n, schema: ID_OPTIONAL });
    await update({ putObjects: [object('d', 8n), object('b', 16n)], removeKeys: ['a'] });
    const after = await current();
    expect(after.objects).toEqual([object('b', 16n), object('c', 4n), object('d', 8n)]);
    expect(after.rowCount).toBe(28n);
    expect(after.schema).toBe(ID_OPTIONAL);
    expect(after.version).toBe(2n);
  });

  it.each([
    ['put', { putObjects: [object('b')] }],
    ['removed', { removeKeys: ['unknown'] }],
    ['replaced', { putObjects: [object('unknown', 1n)] }],
  ])('forgets the row count if that of an object %s is not known', async (_, change) => {
    await register({ objects: [object('a', 1n), object('unknown')], rowCount: 7n });
    await update(change);
    expect((await current()).rowCount).toBeUndefined();
    await update({ rowCount: 9n });
    expect((await current()).rowCount).toBe(9n);
  });

  it('does nothing by half', async () => {
    await register({ objects: [object('a'), object('b')] });
    await expect(update({ putObjects: [object('c')], removeKeys: ['a', 'x'] })).rejects.toThrow(
      ErrObjectNotFound,
    );
    expect((await current()).objects).toEqual([object('a'), object('b')]);
    expect((await current()).version).toBe(1n);
  });

  it.each([
    ['a key put twice', { putObjects: [object('a'), object('a')] }, 'put_objects[1].key'],
    ['a key removed twice', { removeKeys: ['a', 'a'] }, 'remove_keys[1]'],
    ['a key put and removed', { putObjects: [object('a')], removeKeys: ['a'] }, 'remove_keys[0]'],
    ['a reserved key', { putObjects: [object('_catalog/x')] }, 'put_objects[0].key'],
    ['no fingerprint', { schemaFingerprint: '' }, 'schema_fingerprint'],
  ])('refuses %s', async (_, change, field) => {
    await register({ objects: [object('a')] });
    await expect(update(change)).rejects.toThrow(field);
  });

  it('refuses another fingerprint, and more objects than a manifest holds', async () => {
    const many = Array.from({ length: 100_000 }, (_, i) => object(String(i)));
    await register({ objects: many });
    await expect(update({ schemaFingerprint: 'fp-2' })).rejects.toThrow(ErrFingerprintConflict);
    await expect(update({ putObjects: [object('x')] })).rejects.toThrow('100001');
    await update({ putObjects: [object('x')], removeKeys: ['0'] });
    expect((await current()).objects).toHaveLength(100_000);
  });

  it('is replayed by its request id, and not taken for another call', async () => {
    await register({ objects: [object('a')] });
    await update({ requestId: 'u', removeKeys: ['a'] });
    const again = await update({ requestId: 'u', removeKeys: ['a'] });
    expect(again).toMatchObject({ replayed: true, version: 2n });
    for (const other of [
      { putObjects: [object('a')] },
      { removeKeys: ['b'] },
      { removeKeys: ['a'], rowCount: 1n },
      { removeKeys: ['a'], expectedEtag: 'e' },
      { removeKeys: ['a'], schemaFingerprint: 'fp-2' },
    ]) {
      await expect(update({ requestId: 'u', ...other })).rejects.toThrow(ErrRequestIdReused);
    }
  });

  it('keeps the former fingerprints', async () => {
    await register();
    await evolve();
    await update({ schemaFingerprint: 'fp-2', putObjects: [object('a')] });
    expect((await current()).formerFingerprints).toMatchObject([{ schemaFingerprint: 'fp-1' }]);
  });

  it('refuses sizes whose sum is no int64, and forgets a row count that cannot be', async () => {
    const half = { key: 'half', sizeBytes: 2n ** 62n };
    await register({ objects: [half, object('a', 5n)], rowCount: 3n });
    const twice = update({ putObjects: [{ ...half, key: 'other half' }] });
    await expect(twice).rejects.toThrow(ErrInvalidArgument);
    await update({ removeKeys: ['a'] });
    expect((await current()).rowCount).toBeUndefined();
  });
});
