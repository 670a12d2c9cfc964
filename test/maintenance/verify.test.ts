import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { manifestKey } from '../../src/catalog/name.ts';
import { verifyCatalog } from '../../src/maintenance/verify.ts';
import { encodeManifest } from '../../src/manifest/encode.ts';
import type { DataObject } from '../../src/manifest/manifest.ts';
import { StoreUnavailableError } from '../../src/store/errors.ts';
import { openFileStore } from '../../src/store/file.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { recentWrite, sample } from '../manifest/samples.ts';
import { FaultyStore, failBefore } from '../support/faulty-store.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { fileOf, fill, patience } from './support.ts';

const DELETED = { deletedAt: 1_790_000_002_000_000n };
const PURGED = { schemaFingerprint: '', objects: [] };
const verify = (store: Store) => verifyCatalog({ store, patience: patience() });

async function put(store: Store, key: string, body: Uint8Array = Buffer.from('?')) {
  await store.put(key, body, { kind: 'overwrite' });
}

describe('verify', () => {
  const directory = tempFolder();

  it('counts what is sound', async () => {
    const store = createMemoryStore();
    const two = [
      { key: 'a', sizeBytes: 1n },
      { key: 'b', sizeBytes: 2n },
    ];
    await fill(store, [
      fileOf('a', { objects: two }),
      fileOf('b/c'),
      fileOf('gone', {}, DELETED),
      fileOf('empty', PURGED, DELETED),
    ]);
    expect(await verify(store)).toEqual({
      store: 'memory:',
      sound: true,
      manifests: { live: 2, deleted: 1, purged: 1 },
      objects: 3,
      counts: {},
      findings: [],
    });
  });

  it('shows problems before what does no harm, where it cannot show all', async () => {
    const store = createMemoryStore();
    for (let i = 0; i < 10_000; i++) await put(store, `_catalog/copies/${i}`);
    await put(store, manifestKey('torn'));
    const { sound, findings, counts } = await verify(store);
    expect({ sound, counts }).toEqual({
      sound: false,
      counts: { DAMAGED: 1, UNKNOWN_KEY: 10_000 },
    });
    expect(findings).toHaveLength(10_000);
    expect(findings.filter(({ severity }) => severity === 'problem')).toMatchObject([
      { kind: 'DAMAGED', key: manifestKey('torn') },
    ]);
  });

  it('finds nothing wrong with an empty store', async () => {
    expect(await verify(createMemoryStore())).toMatchObject({ sound: true, objects: 0 });
  });

  it('names every file that is at fault, and how', async () => {
    const store = createMemoryStore();
    const gap = [recentWrite(3n), recentWrite(5n)];
    await fill(store, [
      fileOf('good'),
      sample({ name: 'id' }),
      fileOf('gap', { version: 5n }, { recentWrites: gap }),
      fileOf('schema', { schema: '{}' }),
    ]);
    const torn = Buffer.from(encodeManifest(fileOf('torn')));
    torn[40] = (torn[40] ?? 0) ^ 1;
    await put(store, manifestKey('torn'), torn);
    await put(store, manifestKey('moved'), encodeManifest(fileOf('good')));
    await put(store, '_catalog/manifests/e\u0301.parquet', encodeManifest(fileOf('e\u0301')));
    const report = await verify(store);
    expect(report.sound).toBe(false);
    expect(report.manifests).toEqual({ live: 4, deleted: 0, purged: 0 });
    expect(report.findings.map(({ kind, key }) => [kind, key])).toEqual([
      ['BAD_NAME', '_catalog/manifests/e\u0301.parquet'],
      ['WRONG_HISTORY', manifestKey('gap')],
      ['WRONG_ID', manifestKey('id')],
      ['MISPLACED', manifestKey('moved')],
      ['WRONG_SCHEMA', manifestKey('schema')],
      ['DAMAGED', manifestKey('torn')],
    ]);
    expect(report.findings.every(({ severity }) => severity === 'problem')).toBe(true);
    expect(report.findings[1]?.problem).toBe(
      'recent_writes[1] is of version 5 and follows version 3',
    );
    expect(report.counts).toMatchObject({ DAMAGED: 1, WRONG_ID: 1 });
  });

  it('finds what a catalogd could not start or answer with, though it can be read', async () => {
    const store = createMemoryStore();
    const huge = ['a', 'b'].map((key) => ({ key, sizeBytes: 2n ** 62n }));
    await fill(store, [
      fileOf('huge', { objects: huge }),
      fileOf('late', { updatedAt: 2n ** 62n }),
      fileOf('past', {
        version: 2n,
        formerFingerprints: [
          { schemaFingerprint: 'f', replacedInVersion: 2n, replacedAt: 2n ** 62n },
        ],
      }),
    ]);
    const report = await verify(store);
    expect(report.sound).toBe(false);
    expect(report.findings.map(({ kind, key }) => [kind, key])).toEqual([
      ['WRONG_CONTENT', manifestKey('huge')],
      ['WRONG_CONTENT', manifestKey('late')],
      ['WRONG_CONTENT', manifestKey('past')],
    ]);
  });

  it('takes leftovers and strange keys for what they are: no problem', async () => {
    const store = createMemoryStore();
    const own = ['clock', 'checkpoint/00000.parquet'];
    for (const key of ['probe/1/read', 'tmp/abc', 'manifests/README.txt', 'else', ...own]) {
      await put(store, `_catalog/${key}`);
    }
    await put(store, 'data/part-0.parquet');
    const report = await verify(store);
    expect(report.sound).toBe(true);
    expect(report.counts).toEqual({ PROBE_LEFTOVER: 1, TEMP_LEFTOVER: 1, UNKNOWN_KEY: 2 });
    expect(report.findings[0]).toMatchObject({ severity: 'warning', key: '_catalog/else' });
  });

  it('repeats what fails in passing, and names a file that cannot be had', async () => {
    const store = new FaultyStore(createMemoryStore());
    await fill(store, [fileOf('a'), fileOf('b')]);
    const down = failBefore(new StoreUnavailableError('input/output error'));
    store.getFaults = [down, down];
    expect(await verify(store)).toMatchObject({ sound: true, manifests: { live: 2 } });
    const bad = manifestKey('a');
    store.always = (call) => (call.kind === 'get' && call.key === bad ? down(call) : call.pass());
    const report = await verify(store);
    expect(report.manifests.live).toBe(1);
    expect(report.findings).toEqual([
      { severity: 'problem', kind: 'UNREADABLE', key: bad, problem: 'input/output error' },
    ]);
  });

  it('gives up on a store that is away', async () => {
    const store = new FaultyStore(createMemoryStore());
    await fill(
      store,
      Array.from({ length: 20 }, (_, i) => fileOf(`n${i}`)),
    );
    const down = failBefore(new StoreUnavailableError('refused'));
    store.always = (call) => (call.kind === 'get' ? down(call) : call.pass());
    await expect(verify(store)).rejects.toThrow('refused');
    store.always = down;
    await expect(verify(store)).rejects.toThrow('refused');
  });

  it('sees no lock and no file of its own in a directory', async () => {
    const store = await openFileStore(directory);
    await fill(store, [fileOf('a')]);
    expect(await verify(store)).toMatchObject({ sound: true, counts: {}, manifests: { live: 1 } });
    await store.close();
  });
});

describe('verify with data objects', () => {
  let double: S3Double;
  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID = 'double';
    process.env.AWS_SECRET_ACCESS_KEY = 'double-secret';
    double = await startS3Double({ bucket: 'lake' });
  });
  afterAll(() => double.close());
  const folder = tempFolder();
  const server = () => ({ endpoint: double.endpoint, region: 'us-east-1', pathStyle: true });

  async function lookUp(objects: readonly DataObject[], root?: string) {
    const store = createMemoryStore();
    await fill(store, [
      fileOf('a', { objects }),
      fileOf('gone', { objects: [{ key: 's3://lake/never', sizeBytes: 1n }] }, DELETED),
    ]);
    return verifyCatalog({ store, patience: patience(), data: { server: server(), root } });
  }

  it('asks S3 for each: there, missing, of another size, with another etag', async () => {
    double.objects.set('x/a b%20+.parquet', Buffer.from('abc'));
    const etag = '900150983cd24fb0d6963f7d28e17f72';
    const key = 's3://lake/x/a b%20+.parquet';
    const ok = { ok: 1, missing: 0, wrong_size: 0, wrong_etag: 0, not_checkable: 0 };
    for (const given of [etag, `"${etag}"`]) {
      const report = await lookUp([{ key, sizeBytes: 3n, etag: given }]);
      expect(report.looked_up).toMatchObject({ ...ok, without_etag: 0 });
      expect(report.sound).toBe(true);
    }
    const plain = await lookUp([{ key, sizeBytes: 3n }]);
    expect(plain.looked_up).toMatchObject({ ...ok, without_etag: 1 });
    const wrong = await lookUp([
      { key, sizeBytes: 4n },
      { key: 's3://lake/x/none', sizeBytes: 0n },
    ]);
    expect(wrong.sound).toBe(false);
    expect(wrong.counts).toEqual({ OBJECT_MISSING: 1, OBJECT_SIZE: 1 });
    expect(wrong.findings.map(({ problem }) => problem).sort()).toEqual([
      '"s3://lake/x/a b%20+.parquet" has 3 bytes, not 4',
      '"s3://lake/x/none" is not there',
    ]);
    const other = await lookUp([{ key, sizeBytes: 3n, etag: 'e' }]);
    expect(other.findings).toMatchObject([{ kind: 'OBJECT_ETAG', key: manifestKey('a') }]);
  });

  it('looks at files, and resolves relative keys against the root', async () => {
    mkdirSync(`${folder}/part%20/sub`, { recursive: true });
    writeFileSync(`${folder}/part%20/0.parquet`, 'abcd');
    const root = pathToFileURL(folder).href;
    const uri = pathToFileURL(`${folder}/part%20/0.parquet`).href;
    const report = await lookUp(
      [
        { key: uri, sizeBytes: 4n, etag: 'e' },
        { key: 'part%20/0.parquet', sizeBytes: 4n },
        { key: 'part%20/none', sizeBytes: 4n },
        { key: 'part%20/sub', sizeBytes: 4n },
        { key: 'part%20/0.parquet/below', sizeBytes: 4n },
      ],
      root,
    );
    expect(report.looked_up).toMatchObject({ ok: 2, without_etag: 2, missing: 3 });
    double.objects.set('root/k', Buffer.from('1'));
    const inS3 = await lookUp([{ key: 'k', sizeBytes: 1n }], 's3://lake/root/');
    expect(inS3.looked_up).toMatchObject({ ok: 1, not_checkable: 0 });
  });

  it('says what it cannot look up, and why, without calling it a problem', async () => {
    double.fault = ({ key }) => (key === 'secret' ? { status: 403, code: 'Forbidden' } : undefined);
    const report = await lookUp([
      { key: 's3://lake/secret', sizeBytes: 1n },
      { key: 'gs://lake/a', sizeBytes: 1n },
      { key: 'gs://lake/b', sizeBytes: 1n },
      { key: 'file://elsewhere/a', sizeBytes: 1n },
      { key: 's3://lake', sizeBytes: 1n },
      { key: '/srv/a', sizeBytes: 1n },
      { key: 'relative', sizeBytes: 1n },
    ]);
    double.fault = () => undefined;
    expect(report.sound).toBe(true);
    expect(report.looked_up).toMatchObject({ ok: 0, missing: 0, not_checkable: 7 });
    expect(
      report.looked_up?.not_checkable_reasons.map(({ reason, count }) => [reason, count]),
    ).toEqual(
      expect.arrayContaining([
        ['keys with gs: are not looked up', 2],
        ['S3 answers 403', 1],
        ['the key is not a file URI of this machine, such as file:///srv/data', 1],
        ['the key is not of the form s3://bucket/key', 1],
        ['the key is a path, neither a URI nor relative', 1],
        ['the key is relative and there is no data root', 1],
      ]),
    );
  });
});
