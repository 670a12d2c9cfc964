import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { manifestKey } from '../../src/catalog/name.ts';
import { type ExportOptions, exportCatalog } from '../../src/maintenance/export.ts';
import { importCatalog } from '../../src/maintenance/import.ts';
import { openFileStore } from '../../src/store/file.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openS3Store } from '../../src/store/s3.ts';
import type { Store } from '../../src/store/store.ts';
import { GOLDEN } from '../manifest/samples.ts';
import { openRegistry, patient, registerCall } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { bytesOf, fileOf, filesOf, fill, fillNewer, patience } from './support.ts';

async function exported(store: Store, options: Partial<ExportOptions> = {}) {
  const lines: string[] = [];
  const write = async (line: string) => {
    lines.push(line);
  };
  const all = { prefix: '', skipDamaged: false, ...options };
  const report = await exportCatalog({ store, patience: patience(), write }, all).catch(
    (error: unknown) => ({ error, lines }),
  );
  return { lines, report, values: lines.map((line) => JSON.parse(line)) };
}

describe('export', () => {
  const folder = tempFolder();

  it('frames the manifests, in the byte order of their names', async () => {
    const store = createMemoryStore();
    const names = ['b', 'a/b', 'a-b', 'a', '\u{10000}', '\uff5e'];
    await fill(
      store,
      names.map((name) => fileOf(name)),
    );
    const { values, report } = await exported(store);
    expect(values[0]).toEqual({ catalogd_export: 1 });
    expect(values.slice(1, -1).map(({ name }) => name)).toEqual([
      'a',
      'a-b',
      'a/b',
      'b',
      '\uff5e',
      '\u{10000}',
    ]);
    expect(values.at(-1)).toEqual({ catalogd_export_end: { manifests: 6 } });
    expect(report).toEqual({ manifests: 6, skipped: [] });
    const some = await exported(store, { prefix: 'a' });
    expect(some.values.slice(1, -1).map(({ name }) => name)).toEqual(['a', 'a-b', 'a/b']);
  });

  it('is not complete without what a newer catalogd wrote, of which some would be lost', async () => {
    const store = createMemoryStore();
    await fillNewer(store, 'newer');
    const { report, values } = await exported(store);
    expect(values).toEqual([{ catalogd_export: 1 }]);
    expect(report).toMatchObject({ error: { bad: [{ key: manifestKey('newer') }] } });
  });

  it('has no last line when a manifest is left out unasked', async () => {
    const store = createMemoryStore();
    await fill(store, [fileOf('a'), fileOf('c')]);
    await store.put(manifestKey('b'), Buffer.from('?'), { kind: 'create' });
    const { report, values } = await exported(store);
    expect(values.map(({ name }) => name)).toEqual([undefined, 'a', 'c']);
    expect(report).toMatchObject({ error: { name: 'IncompleteExportError', bad: { length: 1 } } });
    const skipping = await exported(store, { skipDamaged: true });
    expect(skipping.values.at(-1)).toEqual({ catalogd_export_end: { manifests: 2 } });
    expect(skipping.report).toMatchObject({ manifests: 2, skipped: [{ key: manifestKey('b') }] });
  });

  it('leaves out what is under the key of no name, as what is damaged', async () => {
    const store = await openFileStore(folder);
    await fill(store, [fileOf('a')]);
    const key = '_catalog/manifests/a\\b.parquet';
    writeFileSync(`${folder}/${key}`, 'x');
    const bad = [{ key, problem: expect.stringContaining('must not contain a backslash') }];
    const { report } = await exported(store);
    expect(report).toMatchObject({ error: { name: 'IncompleteExportError', bad } });
    const skipping = await exported(store, { skipDamaged: true });
    expect(skipping.report).toEqual({ manifests: 1, skipped: bad });
    expect(skipping.values.at(-1)).toEqual({ catalogd_export_end: { manifests: 1 } });
    await store.close();
  });

  it('waits for whoever reads it', async () => {
    const store = createMemoryStore();
    await fill(
      store,
      Array.from({ length: 100 }, (_, i) => fileOf(`n${i}`)),
    );
    let gets = 0;
    const counted = (key: string) => {
      gets++;
      return store.get(key);
    };
    const counting: Store = { ...store, get: counted };
    const stop = new Error('full');
    let lines = 0;
    const write = async () => {
      if (++lines === 3) throw stop;
    };
    const options = { prefix: '', skipDamaged: false };
    const parts = { store: counting, patience: patience(), write };
    await expect(exportCatalog(parts, options)).rejects.toBe(stop);
    expect(gets).toBeLessThan(30);
  });
});

/** A golden manifest under a name of its own. */
function golden(name: string) {
  const { manifest, ...rest } = GOLDEN[name] ?? fileOf(name);
  const { datasetId } = fileOf(name).manifest;
  return fileOf(name, { ...manifest, name, datasetId }, rest);
}

describe('from a directory to a bucket', () => {
  let double: S3Double;
  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID = 'double';
    process.env.AWS_SECRET_ACCESS_KEY = 'double-secret';
    double = await startS3Double();
  });
  afterAll(() => double.close());

  const folder = tempFolder();

  it('everything arrives as it was, and a second time nothing changes', async () => {
    const directory = await openFileStore(folder);
    const registry = await openRegistry({ store: directory });
    for (const [i, name] of ['a', 'a/b', 'a', 'ünï/数据'].entries()) {
      await registry.register(registerCall({ name, requestId: `r${i}` }), patient);
    }
    const others = ['tombstone', 'purged-tombstone', 'many-writes', 'odd-labels', 'many-objects'];
    await fill(directory, others.map(golden));
    const { lines } = await exported(directory);
    const url = `s3://catalog/copy?endpoint=${encodeURIComponent(double.endpoint)}&path_style=true`;
    const bucket = await openS3Store(url);
    const parts = { store: bucket, patience: patience(), runtime: new FakeRuntime() };
    const options = { replace: false, dryRun: false, conditional: true };
    const copy = () => importCatalog(parts, bytesOf(lines.join('')), options);
    expect(await copy()).toMatchObject({ created: 8, conflicting: 0 });
    expect(await filesOf(bucket)).toEqual(await filesOf(directory));
    expect(await copy()).toMatchObject({ created: 0, unchanged: 8, conflicting: 0 });
    expect(await filesOf(bucket)).toEqual(await filesOf(directory));
    expect((await exported(bucket)).lines).toEqual(lines);
    await directory.close();
    await bucket.close();
  });
});
