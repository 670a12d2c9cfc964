import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { datasetIdForName } from '../../src/catalog/dataset-id.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import { importCatalog } from '../../src/maintenance/import.ts';
import { manifestToJson } from '../../src/maintenance/manifest-json.ts';
import type { PlaceOptions } from '../../src/maintenance/place-manifest.ts';
import { verifyCatalog } from '../../src/maintenance/verify.ts';
import type { ManifestFile } from '../../src/manifest/manifest.ts';
import { OutcomeUnknownError, PreconditionFailedError } from '../../src/store/errors.ts';
import { openFileStore } from '../../src/store/file.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { recentWrite } from '../manifest/samples.ts';
import { openRegistry, patient, registerCall, storedFile } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { FaultyStore, failAfter, failBefore } from '../support/faulty-store.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { bytesOf, contentOf, fileOf, fill, fillNewer, patience } from './support.ts';

const line = (value: unknown) => `${JSON.stringify(value)}\n`;
const lineOf = (file: ManifestFile) => line(manifestToJson(file));

function imported(store: Store, text: string, options: Partial<PlaceOptions> = {}) {
  const parts = { store, patience: patience(), runtime: new FakeRuntime() };
  const all = { replace: false, dryRun: false, conditional: true, ...options };
  return importCatalog(parts, bytesOf(text), all);
}

/** Nested more deeply than what is recursive can go. */
const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const LONG = 'x'.repeat(1_000_000);
const NONE = { created: 0, replaced: 0, unchanged: 0, conflicting: 0, conflicts: [] };
const at = (version: bigint, more: Parameters<typeof fileOf>[1] = {}) =>
  fileOf('a', { version, ...more });

describe('import', () => {
  const folder = tempFolder();

  it('creates what is absent, keeps what is the same, and leaves another one alone', async () => {
    const store = createMemoryStore();
    await fill(store, [fileOf('a'), fileOf('b')]);
    const before = await contentOf(store);
    const text =
      lineOf(fileOf('a')) + lineOf(fileOf('b', { rowCount: 3n })) + lineOf(fileOf('c/d'));
    const report = await imported(store, text);
    expect(report).toEqual({
      ...NONE,
      created: 1,
      unchanged: 1,
      conflicting: 1,
      conflicts: [
        {
          line: 2,
          name: 'b',
          problem: 'version 1 is there, version 1 is given, and they differ in row_count',
        },
      ],
    });
    const after = await contentOf(store);
    expect(after.size).toBe(3);
    for (const [key, body] of before) expect(after.get(key)).toBe(body);
    expect(await storedFile(store, 'c/d')).toEqual({ ...fileOf('c/d'), readOnly: false });
    expect(await imported(store, text)).toEqual({ ...report, created: 0, unchanged: 2 });
  });

  it('writes nothing in a dry run, and says what it would', async () => {
    const store = createMemoryStore();
    await fill(store, [at(1n)]);
    const before = await contentOf(store);
    const text = lineOf(at(2n)) + lineOf(fileOf('b'));
    const report = await imported(store, text, { dryRun: true, replace: true });
    expect(report).toEqual({ ...NONE, created: 1, replaced: 1 });
    expect(await contentOf(store)).toEqual(before);
  });

  it('replaces only a lower version, and only if told to', async () => {
    const store = createMemoryStore();
    await fill(store, [at(2n)]);
    expect(await imported(store, lineOf(at(3n)))).toMatchObject({ conflicting: 1 });
    const replace = { replace: true };
    expect(await imported(store, lineOf(at(1n)), replace)).toMatchObject({ conflicting: 1 });
    const another = at(2n, { rowCount: 1n });
    expect(await imported(store, lineOf(another), replace)).toMatchObject({ conflicting: 1 });
    expect(await storedFile(store, 'a')).toMatchObject(at(2n));
    expect(await imported(store, lineOf(at(3n)), replace)).toEqual({ ...NONE, replaced: 1 });
    expect(await storedFile(store, 'a')).toMatchObject(at(3n));
  });

  it('never replaces what a newer catalogd wrote', async () => {
    const store = createMemoryStore();
    await fillNewer(store, 'a');
    const before = await contentOf(store);
    const { conflicts } = await imported(store, lineOf(at(9n)), { replace: true });
    expect(conflicts[0]?.problem).toContain('upgrade');
    expect(await contentOf(store)).toEqual(before);
  });

  it('mends one that is too large to be read, if told to', async () => {
    const key = manifestKey('a');
    mkdirSync(dirname(`${folder}/${key}`), { recursive: true });
    writeFileSync(`${folder}/${key}`, '');
    truncateSync(`${folder}/${key}`, 3 * 2 ** 30);
    const store = await openFileStore(folder);
    const before = await verifyCatalog({ store, patience: patience() });
    expect(before.counts).toEqual({ DAMAGED: 1 });
    expect(await imported(store, lineOf(at(1n)), { replace: true })).toEqual({
      ...NONE,
      replaced: 1,
    });
    expect((await verifyCatalog({ store, patience: patience() })).sound).toBe(true);
    await store.close();
  });

  it('mends a damaged manifest, if told to', async () => {
    const store = createMemoryStore();
    await store.put(manifestKey('a'), Buffer.from('?'), { kind: 'create' });
    const text = lineOf(at(1n));
    expect((await imported(store, text)).conflicts[0]?.problem).toContain('--replace');
    expect(await imported(store, text, { replace: true })).toEqual({ ...NONE, replaced: 1 });
    expect(await imported(store, text)).toEqual({ ...NONE, unchanged: 1 });
  });

  it('takes a dataset that is deleted there for another one', async () => {
    const store = createMemoryStore();
    const tombstone = fileOf('a', {}, { deletedAt: 1_790_000_002_000_000n });
    await fill(store, [tombstone]);
    expect(await imported(store, lineOf(tombstone))).toMatchObject({ unchanged: 1 });
    const { name, schema_fingerprint, objects } = manifestToJson(tombstone);
    const { conflicts } = await imported(store, line({ name, schema_fingerprint, objects }));
    expect(conflicts[0]?.problem).toContain('differ in deleted_at');
  });
});

describe('a line of another catalog', () => {
  const MINIMAL = {
    name: 'a/b',
    schema_fingerprint: 'f',
    objects: [{ key: 's3://lake/a', size_bytes: 7 }],
  };

  it('needs no more than name, fingerprint and objects; the service goes on from there', async () => {
    const store = createMemoryStore();
    expect(await imported(store, line(MINIMAL))).toEqual({ ...NONE, created: 1 });
    expect(await storedFile(store, 'a/b')).toMatchObject({
      manifest: {
        datasetId: datasetIdForName('a/b'),
        version: 1n,
        createdAt: new FakeRuntime().now(),
        objects: [{ key: 's3://lake/a', sizeBytes: 7n }],
      },
      recentWrites: [{ version: 1n, method: 'ImportManifest', requestId: '' }],
    });
    const registry = await openRegistry({ store });
    const call = registerCall({ name: 'a/b', schemaFingerprint: 'f' });
    expect(await registry.register(call, patient)).toMatchObject({ existing: true, version: 2n });
  });

  it('is the same again if it agrees in what it says', async () => {
    const store = createMemoryStore();
    const text = line({ ...MINIMAL, labels: { b: '2', a: '1' }, row_count: '3' });
    await imported(store, text);
    const before = await contentOf(store);
    expect(await imported(store, text)).toEqual({ ...NONE, unchanged: 1 });
    expect(await imported(store, line(MINIMAL))).toEqual({ ...NONE, unchanged: 1 });
    expect(await imported(store, line({ ...MINIMAL, row_count: 4 }))).toMatchObject({
      conflicts: [{ problem: expect.stringContaining('differ in row_count') }],
    });
    expect(await contentOf(store)).toEqual(before);
  });

  it('may say more: its times and version', async () => {
    const store = createMemoryStore();
    const created_at = '2020-01-02T03:04:05Z';
    await imported(store, line({ ...MINIMAL, version: 9, created_at, updated_at: created_at }));
    const file = await storedFile(store, 'a/b');
    expect(file?.manifest).toMatchObject({ version: 9n, createdAt: file?.manifest.updatedAt });
    expect(file?.recentWrites).toMatchObject([{ version: 9n }]);
  });

  it.each([
    [{ ...MINIMAL, name: 'a//b' }, 'name: must not begin or end with "/", nor contain "//"'],
    [{ ...MINIMAL, name: '' }, 'must not be empty'],
    [{ ...MINIMAL, name: 'half \ud83d' }, 'name: must be valid UTF-8'],
    [{ ...MINIMAL, schema_fingerprint: '' }, 'schema_fingerprint is empty'],
    [{ ...MINIMAL, dataset_id: 'mine' }, 'dataset_id is "mine", that of the name is '],
    [{ ...MINIMAL, version: 0 }, 'version is 0, not between 1'],
    [{ ...MINIMAL, version: '9007199254740993' }, 'version is above 9007199254740992'],
    [{ ...MINIMAL, created_at: '9000-01-01T00:00:00Z' }, 'beyond the year 9000'],
    [
      manifestToJson(fileOf('a', { schemaFingerprint: '' }, { deletedAt: 1_790_000_002_000_000n })),
      'a deleted dataset without a fingerprint has nothing else either',
    ],
    [{ ...MINIMAL, row_count: -1 }, 'row_count is -1'],
    [{ ...MINIMAL, labels: { ['k'.repeat(64)]: '' } }, 'key must be at most 63 bytes'],
    [
      { ...MINIMAL, objects: [{ key: '_catalog/x', size_bytes: 1 }] },
      "the catalog's own _catalog/",
    ],
    [{ ...MINIMAL, objects: [...MINIMAL.objects, ...MINIMAL.objects] }, 'occurs twice'],
    [{ ...MINIMAL, nmae: 1 }, 'nmae: unknown field'],
    [
      manifestToJson(
        fileOf('a', { version: 5n }, { recentWrites: [recentWrite(3n), recentWrite(5n)] }),
      ),
      'recent_writes[1] is of version 5 and follows version 3',
    ],
  ])(
    'is refused where it breaks a rule, with the number of the line: %#',
    async (json, problem) => {
      const store = new FaultyStore({ ...createMemoryStore(), rootUri: 's3://lake/root' });
      const failed = imported(store, `\n${line(json)}`);
      await expect(failed).rejects.toThrow(problem);
      await expect(failed).rejects.toMatchObject({ name: 'ImportError', line: 2 });
      expect(store.calls).toEqual([]);
    },
  );
});

describe('the frame of an export', () => {
  const framed = (files: readonly ManifestFile[], count = files.length) =>
    line({ catalogd_export: 1 }) +
    files.map(lineOf).join('') +
    line({ catalogd_export_end: { manifests: count } });

  it('is taken for what it is', async () => {
    const files = [fileOf('a'), fileOf('b')];
    expect(await imported(createMemoryStore(), framed(files))).toEqual({ ...NONE, created: 2 });
    expect(await imported(createMemoryStore(), framed([]))).toEqual(NONE);
    expect(await imported(createMemoryStore(), '')).toEqual(NONE);
  });

  it('shows an export that was cut off, after what there was of it has been imported', async () => {
    const store = createMemoryStore();
    const cut = framed([fileOf('a'), fileOf('b')])
      .split('\n')
      .slice(0, 3)
      .join('\n');
    const failed = imported(store, cut);
    await expect(failed).rejects.toThrow('line 3: the export was cut off here, after 2 manifests');
    await expect(failed).rejects.toThrow('2 created');
    expect((await contentOf(store)).size).toBe(2);
    const inLine = imported(store, cut.slice(0, -10));
    await expect(inLine).rejects.toThrow('line 3: is not JSON');
    await expect(inLine).rejects.toMatchObject({ report: { unchanged: 1 } });
  });

  it.each([
    [framed([fileOf('a')], 2), 'line 3: says that there are 2 manifests, and 1 came before it'],
    [framed([]) + lineOf(fileOf('a')), 'line 3: comes after the end of the export'],
    [line({ catalogd_export: 2 }), 'line 1: is the header of an export of format 2'],
    [line({ catalogd_export_end: { manifests: 0 } }), 'line 1: catalogd_export_end: unknown field'],
    [lineOf(fileOf('a')) + lineOf(fileOf('a')), 'line 2: "a" stands in line 1 already'],
    [`{"catalogd_export":${DEEP}}`, 'line 1: is the header of an export of format an array'],
    [
      `{"catalogd_export":1}\n{"catalogd_export_end":{"manifests":${DEEP}}}`,
      'line 2: says that there are an array manifests',
    ],
  ])('is refused where it is wrong: %#', async (text, problem) => {
    await expect(imported(createMemoryStore(), text)).rejects.toThrow(problem);
  });
});

it.each([
  ['header', line({ catalogd_export: LONG })],
  ['trailer', line({ catalogd_export: 1 }) + line({ catalogd_export_end: { manifests: LONG } })],
  ['field', line({ [LONG]: 1 })],
])('what is wrong with a %s is not repeated at length', async (_, text) => {
  const error = await imported(createMemoryStore(), text).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'ImportError' });
  expect((error as Error).message.length).toBeLessThan(1_000);
});

describe('import beside others', () => {
  it('does not overwrite what came between its look and its put', async () => {
    const store = new FaultyStore(createMemoryStore());
    store.putFaults = [
      async ({ pass }) => {
        store.putFaults = [];
        await fill(store, [at(7n)]);
        return pass();
      },
    ];
    expect(await imported(store, lineOf(at(1n)))).toMatchObject({ conflicting: 1 });
    await fill(store, [at(2n)]);
    store.putFaults = [
      async ({ pass }) => {
        await fill(store, [at(9n)]);
        return pass();
      },
    ];
    const report = await imported(store, lineOf(at(8n)), { replace: true });
    expect(report).toMatchObject({ conflicting: 1, replaced: 0 });
    expect((await storedFile(store, 'a'))?.manifest.version).toBe(9n);
  });

  it('finds out what became of a put of unknown outcome', async () => {
    const unknown = new OutcomeUnknownError('reset');
    const store = new FaultyStore(createMemoryStore());
    store.putFaults = [failAfter(unknown), failBefore(unknown)];
    const text = lineOf(fileOf('a')) + lineOf(fileOf('b'));
    expect(await imported(store, text)).toEqual({ ...NONE, created: 2 });
    expect((await contentOf(store)).size).toBe(2);
    store.always = (call) => (call.kind === 'put' ? failBefore(unknown)(call) : call.pass());
    await expect(imported(store, lineOf(fileOf('c')))).rejects.toBe(unknown);
  });

  it('gives a name up that is lost again and again', async () => {
    const store = new FaultyStore(createMemoryStore());
    store.always = failBefore(new PreconditionFailedError('412'));
    const always = store.always;
    store.always = (call) => (call.kind === 'put' ? always(call) : call.pass());
    expect(await imported(store, lineOf(fileOf('a')))).toMatchObject({ conflicting: 1 });
  });

  it('overwrites on a store without conditions, where nobody else may be', async () => {
    const store = new FaultyStore(createMemoryStore());
    const modes: string[] = [];
    const put = store.put.bind(store);
    store.put = (key, body, mode) => {
      modes.push(mode.kind);
      return put(key, body, mode);
    };
    await imported(store, lineOf(at(1n)), { conditional: false });
    await imported(store, lineOf(at(2n)), { conditional: false, replace: true });
    expect(modes).toEqual(['overwrite', 'overwrite']);
  });
});
