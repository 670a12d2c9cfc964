import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { tempFolder } from '../support/temp-folder.ts';
import { cliWithService } from './cli-with-service.ts';

const folder = tempFolder();
const { cli, json } = cliWithService();

const registerJson = (name: string, objects: unknown[], ...flags: string[]) =>
  json(
    ['register', name, '--objects', '-', '--fingerprint', 'f', ...flags],
    JSON.stringify(objects),
  );

async function parquet(name: string, column: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(
    file,
    new Uint8Array(
      parquetWriteBuffer({ columnData: [{ name: column, data: [1, 2], type: 'INT32' }] }),
    ),
  );
  return file;
}

describe('the command line against the real service', () => {
  it('registers Parquet files, again, and refuses another schema', async () => {
    const [one, two, other] = [
      await parquet('1.parquet', 'x'),
      await parquet('2.parquet', 'x'),
      await parquet('3.parquet', 'y'),
    ];
    const first = await cli(['register', 'sales/orders', one]);
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' });
    expect(first.out).toMatch(/^sales\/orders: created at version 1\n/);
    const again = await cli(['register', 'sales/orders', one, two]);
    expect(again.out).toMatch(/^sales\/orders: updated at version 2\n/);

    const conflict = await cli(['register', 'sales/orders', other, '--json']);
    expect(conflict).toMatchObject({ code: 4, out: '' });
    expect(JSON.parse(conflict.err).error).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'FINGERPRINT_CONFLICT',
      violations: [{ kind: 'precondition' }],
    });

    const { out } = await cli(['get', 'sales/orders']);
    expect(out).toMatch(/^rows {9}4$/m);
    expect(out).toMatch(/^objects {6}2$/m);
    expect(out).toMatch(/file:\/\/\/.*1\.parquet\n.*2\.parquet\n$/);
  });

  it('keeps int64, unset and 0 apart from end to end', async () => {
    const objects = [
      { key: 's3://b/1', size_bytes: '9007199254740993', row_count: 0, etag: '"e"' },
      { key: 's3://b/2' },
    ];
    await registerJson('exact', objects);
    const manifest = await json(['get', 'exact']);
    expect(manifest).toMatchObject({
      objects: [
        { key: 's3://b/1', sizeBytes: '9007199254740993', rowCount: '0', etag: '"e"' },
        { key: 's3://b/2', sizeBytes: '0' },
      ],
      totalSizeBytes: '9007199254740993',
      objectsOmitted: false,
    });
    expect(manifest).not.toHaveProperty('rowCount');
    expect(manifest.objects[1]).not.toHaveProperty('rowCount');
    expect(await json(['get', 'exact', '--view', 'basic'])).toMatchObject({
      objects: [],
      objectCount: '2',
      objectsOmitted: true,
    });
  });

  it('replaces, keeps and removes labels', async () => {
    const labelsAfter = async (...flags: string[]) =>
      (await registerJson('labelled', [], ...flags)).manifest.labels;
    expect(await labelsAfter('--label', 'a=1', '--label', 'b=2')).toEqual({ a: '1', b: '2' });
    expect(await labelsAfter()).toEqual({ a: '1', b: '2' });
    expect(await labelsAfter('--label', 'c=3')).toEqual({ c: '3' });
    expect(await labelsAfter('--no-labels')).toEqual({});
  });

  it('writes only what was looked at: --expected-etag', async () => {
    const { manifest } = await registerJson('guarded', []);
    const { existing } = await registerJson('guarded', [], '--expected-etag', manifest.etag);
    expect(existing).toBe(true);
    const stale = ['--objects', '-', '--fingerprint', 'f', '--expected-etag', manifest.etag];
    const { code, err } = await cli(['register', 'guarded', ...stale], '[]');
    expect(code).toBe(5);
    expect(err).toContain('ETAG_MISMATCH');
  });

  it('replays a request id, and refuses it for another call', async () => {
    await registerJson('replayed', [], '--request-id', 'r1');
    expect(await registerJson('replayed', [], '--request-id', 'r1')).toMatchObject({
      existing: false,
      replayed: true,
      version: '1',
    });
    const other = ['--objects', '-', '--fingerprint', 'f', '--request-id', 'r1'];
    const { code, err } = await cli(['register', 'replayed', ...other], '[{"key": "s3://b/k"}]');
    expect(code).toBe(2);
    expect(err).toContain('REQUEST_ID_REUSED');
  });

  it('checks without writing: --validate-only', async () => {
    expect(await registerJson('dry', [], '--validate-only')).toMatchObject({ existing: false });
    const { code, err } = await cli(['get', 'dry']);
    expect(code).toBe(3);
    expect(err).toContain('"dry"');
    expect(err).toContain('MANIFEST_NOT_FOUND');
  });

  it('names each wrong field', async () => {
    const { code, err } = await cli(
      ['register', '/x', '--objects', '-', '--fingerprint', 'f'],
      '[{"key": "s3://b/k"}, {"key": "s3://b/k"}]',
    );
    expect(code).toBe(2);
    expect(err).toMatch(/^ {2}name: /m);
  });

  it('lists by prefix over many pages, in the byte order of UTF-8', async () => {
    const names = ['p/\u{1F600}', 'p/ﬀ', 'p/a', 'p/B', 'p/a-b', 'p/é'];
    for (const name of names) {
      await registerJson(name, []);
    }
    const { out } = await cli(['list', '--prefix', 'p/', '--page-size', '1', '--json']);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).name),
    ).toEqual(names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    const table = await cli(['list', '--prefix', 'p/', '--limit', '2']);
    expect(table.out.trimEnd().split('\n')).toHaveLength(3);
  });

  it('lists more objects than one answer holds', async () => {
    const keys = Array.from({ length: 250 }, (_, i) => `s3://bucket/${i}`);
    await registerJson(
      'many',
      keys.map((key) => ({ key })),
    );
    const { out } = await cli(['objects', 'many', '--json']);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).key),
    ).toEqual(keys);
    expect((await cli(['objects', 'no-such'])).code).toBe(3);
  });
});
