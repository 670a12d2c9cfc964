import { readFileSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCatalogClient } from '../../src/client/client.ts';
import { openFileStore } from '../../src/store/file.ts';
import { fileOf, fill } from '../maintenance/support.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { runChild, startService } from './child.ts';
import { run } from './run-cli.ts';

const DELETED = { deletedAt: 1_790_000_002_000_000n };
const folder = tempFolder();
let folders = 0;

/** A directory with `a`, `b` and the deleted `gone`. */
async function catalog() {
  const path = `${folder}/${folders++}`;
  const store = await openFileStore(path);
  await fill(store, [fileOf('a'), fileOf('b'), fileOf('gone', {}, DELETED)]);
  await store.close();
  return {
    path,
    url: `file:${path}`,
    manifest: (name: string) => `${path}/_catalog/manifests/${name}.parquet`,
  };
}

let double: S3Double;
const env = { AWS_ACCESS_KEY_ID: 'double', AWS_SECRET_ACCESS_KEY: 'double-secret' };
beforeAll(async () => {
  Object.assign(process.env, env);
  double = await startS3Double({ bucket: 'lake' });
});
afterAll(() => double.close());
const s3 = (prefix: string) =>
  `s3://lake/${prefix}?endpoint=${double.endpoint}&region=us-east-1&path_style=true`;

describe('catalogd verify', () => {
  it('says that all is well, as text and as JSON', async () => {
    const { url, path } = await catalog();
    const text = await run(['verify', '--store', url]);
    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toBe(`file:${path}: 2 datasets with 2 objects, 1 deleted, 0 purged\nsound\n`);
    const json = await run(['verify', '--json'], { env: { CATALOGD_STORE: url } });
    expect(JSON.parse(json.out)).toMatchObject({ sound: true, manifests: { live: 2, deleted: 1 } });
  });

  it('names what is damaged, and exits with 8', async () => {
    const { url, manifest } = await catalog();
    writeFileSync(manifest('a'), readFileSync(manifest('a')).subarray(5));
    writeFileSync(manifest('x\u001b[31m'), '');
    const { code, out } = await run(['verify', '--store', url]);
    expect(code).toBe(8);
    expect(out).toContain('problem DAMAGED _catalog/manifests/a.parquet: ');
    expect(out).toContain('problem BAD_NAME _catalog/manifests/x\\u001b[31m.parquet: ');
    expect(out).toMatch(/NOT SOUND\n$/);
  });

  it('looks for data objects at the server of the store, or at another one', async () => {
    const bucket = s3('objects');
    const line = {
      name: 'd',
      schema_fingerprint: 'f',
      objects: [
        { key: 'part-0', size_bytes: 3 },
        { key: 's3://lake/none', size_bytes: 3 },
        { key: 'gs://lake/x', size_bytes: 3 },
      ],
    };
    double.objects.set('objects/part-0', Buffer.from('abc'));
    const stdin = JSON.stringify(line);
    expect(await run(['import', '--store', bucket], { stdin })).toMatchObject({ code: 0 });
    const { code, out } = await run(['verify', '--store', bucket, '--objects']);
    expect(code).toBe(8);
    expect(out).toContain(
      'objects: 1 as they should be (1 without an etag to compare), 1 missing, 0',
    );
    expect(out).toContain(
      'OBJECT_MISSING _catalog/manifests/d.parquet: "s3://lake/none" is not there',
    );
    expect(out).toContain('not checkable: 1, such as gs://lake/x: keys with gs: are not looked up');
    const { url } = await catalog();
    const server = `endpoint=${double.endpoint}&region=us-east-1&path_style=true`;
    const args = ['verify', '--store', url, '--objects', '--data-server', server, '--json'];
    expect(JSON.parse((await run(args)).out).looked_up).toMatchObject({ missing: 2 });
  });

  it('makes no directory for a store that is not there, and knows no memory', async () => {
    const missing = await run(['verify', '--store', `file:${folder}/none`]);
    expect(missing).toMatchObject({ code: 2, out: '' });
    expect(() => readFileSync(`${folder}/none`)).toThrow('ENOENT');
    expect(await run(['export', '--store', 'memory:'])).toMatchObject({ code: 2, out: '' });
  });
});

describe('catalogd export and import', () => {
  it('carry a catalog from a directory to a bucket, in processes of their own', async () => {
    const { url } = await catalog();
    const exported = await runChild(['export', '--store', url]);
    expect(exported).toMatchObject({ code: 0, err: 'exported 3 manifests\n' });
    const file = `${folder}/catalog.ndjson`;
    writeFileSync(file, exported.out);
    const into = (...args: string[]) =>
      runChild(['import', file, '--store', s3('copy'), '--json', ...args], { env });
    const counts = { replaced: 0, conflicting: 0, conflicts: [] };
    const dry = await into('--dry-run');
    expect(JSON.parse(dry.out)).toEqual({ ...counts, created: 3, unchanged: 0, dry_run: true });
    expect([...double.objects.keys()].filter((key) => key.startsWith('copy/'))).toEqual([]);
    for (const [created, unchanged] of [
      [3, 0],
      [0, 3],
    ]) {
      const { code, out } = await into();
      expect(code).toBe(0);
      expect(JSON.parse(out)).toEqual({ ...counts, created, unchanged, dry_run: false });
    }
    const again = await run(['export', '--store', s3('copy')]);
    expect(again.out).toBe(exported.out);
  });

  it('report a conflict and exit with 4; a wrong line with 2', async () => {
    const { url } = await catalog();
    const line = JSON.stringify({ name: 'a', schema_fingerprint: 'other', objects: [] });
    const { code, out } = await run(['import', '-', '--store', url], { stdin: line });
    expect(code).toBe(4);
    expect(out).toContain('conflict in line 1, "a": version 1 is there');
    expect(out).toContain('0 created, 0 replaced, 0 unchanged, 1 in conflict\n');
    const wrong = await run(['import', '--store', url], { stdin: `\n{"name": 1}` });
    expect(wrong).toMatchObject({ code: 2, out: '' });
    expect(wrong.err).toContain('line 2: name: 1 is not a string');
    const unreadable = await run(['import', `${folder}/nothing`, '--store', url]);
    expect(unreadable).toMatchObject({ code: 2 });
    expect(unreadable.err).toContain('nothing: cannot be read: ENOENT');
  });

  it('refuse a bucket that does not honour conditions, except --exclusive', async () => {
    double.fault = ({ headers }) =>
      headers['if-match'] || headers['if-none-match'] ? { status: 501 } : undefined;
    const stdin = JSON.stringify({ name: 'a', schema_fingerprint: 'f', objects: [] });
    const args = ['import', '--store', s3('plain')];
    const refused = await run(args, { stdin });
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.err).toContain('create-refuses-existing');
    expect(await run([...args, '--exclusive'], { stdin })).toMatchObject({ code: 0 });
    double.fault = () => undefined;
  });

  it('fail when the reader of an export goes away', async () => {
    const { url } = await catalog();
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })),
    });
    const { code, err } = await run(['export', '--store', url], { stdout });
    expect(code).toBe(1);
    expect(err).toContain('the export is not complete');
  });

  it('do not take a part for the whole', async () => {
    const { url, manifest } = await catalog();
    writeFileSync(manifest('a'), '');
    const { code, out, err } = await run(['export', '--store', url]);
    expect(code).toBe(8);
    expect(err).toContain('"_catalog/manifests/a.parquet"');
    const failed = await run(['import', '--store', `file:${folder}/part`], { stdin: out });
    expect(failed.code).toBe(2);
    expect(failed.err).toContain('the export was cut off here, after 2 manifests');
    const skipping = await run(['export', '--store', url, '--skip-damaged']);
    expect(skipping.code).toBe(8);
    expect(skipping.err).toContain('left out: _catalog/manifests/a.parquet');
    const done = await run(['import', '--store', `file:${folder}/part`], { stdin: skipping.out });
    expect(done).toMatchObject({
      code: 0,
      out: '0 created, 0 replaced, 2 unchanged, 0 in conflict\n',
    });
  });
});

describe('catalogd purge --offline', () => {
  it('removes what is deleted, and nothing without being told that it is offline', async () => {
    const { url, manifest } = await catalog();
    expect(await run(['purge', 'gone', '--store', url])).toMatchObject({ code: 2, out: '' });
    const neither = await run(['purge', '--offline', '--store', url]);
    expect(neither).toMatchObject({ code: 2, out: '' });
    const dry = await run(['purge', '--offline', '--all-deleted', '--dry-run', '--store', url]);
    expect(dry).toMatchObject({ code: 0, out: 'gone: would be removed\n1 would be removed\n' });
    readFileSync(manifest('gone'));
    const json = await run(['purge', '--offline', 'gone', 'a', '--json', '--store', url]);
    expect(json.code).toBe(4);
    expect(JSON.parse(json.out).names).toEqual([
      { name: 'gone', outcome: 'removed' },
      { name: 'a', outcome: 'live', problem: 'it is not deleted' },
    ]);
    expect(() => readFileSync(manifest('gone'))).toThrow('ENOENT');
    readFileSync(manifest('a'));
    expect(await run(['purge', '--offline', 'gone', '--store', url])).toMatchObject({ code: 3 });
    expect(await run(['purge', '--offline', '..', '--store', url])).toMatchObject({ code: 2 });
  });

  it('waits for no service: its directory is in use', async () => {
    const { url } = await catalog();
    const service = await startService(url);
    for (const command of [['verify'], ['export'], ['import'], ['purge', '--offline', 'gone']]) {
      const { code, err } = await run([...command, '--store', url]);
      expect(code).toBe(2);
      expect(err).toContain('in use by process');
    }
    service.process.kill();
    expect(await service.ended).toBe(0);
  });
});

describe('catalogd serve --quarantine', () => {
  it('serves what it can, says so, and has a backup mend the rest', async () => {
    const { url, manifest } = await catalog();
    const backup = await run(['export', '--store', url]);
    writeFileSync(manifest('a'), 'damaged');
    const refused = await runChild(['serve', '--store', url, '--listen', '127.0.0.1:0']);
    expect(refused.code).toBe(8);
    const service = await startService(url, ['--quarantine']);
    const client = createCatalogClient({ address: service.address, retry: { maxAttempts: 1 } });
    await expect(client.getManifest({ name: 'a' })).rejects.toMatchObject({ code: 'DATA_LOSS' });
    await expect(client.getManifest({ name: 'b' })).resolves.toMatchObject({});
    const readyz = await fetch(`http://${service.address}/readyz`);
    expect(readyz.status).toBe(200);
    expect(await readyz.text()).toContain('quarantine: started without 1 manifest that');
    const metrics = await (await fetch(`http://${service.address}/metrics`)).text();
    expect(metrics).toContain('catalogd_quarantined_manifests 1');
    expect(service.err()).toContain('its name is in quarantine');
    client.close();
    service.process.kill();
    expect(await service.ended).toBe(0);
    const mended = await run(['import', '--replace', '--store', url], { stdin: backup.out });
    expect(mended.out).toBe('0 created, 1 replaced, 2 unchanged, 0 in conflict\n');
    expect(await run(['verify', '--store', url])).toMatchObject({ code: 0 });
    const healed = await startService(url);
    healed.process.kill();
    expect(await healed.ended).toBe(0);
  });
});
