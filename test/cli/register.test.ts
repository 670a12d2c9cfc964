import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { RegisterManifestRequest } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { type FakeService, registerResponse, startFake } from '../client/fake-service.ts';
import { type CliInput, run } from './run-cli.ts';

const opened: FakeService[] = [];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'catalogd-register-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

/** Runs `register` against a fake that keeps the requests. */
async function register(
  args: string[],
  input: CliInput = {},
  answer: (request: RegisterManifestRequest) => unknown = ({ name }) =>
    registerResponse({ version: 1n, manifest: { name } }),
) {
  const requests: RegisterManifestRequest[] = [];
  const service = await startFake({
    registerManifest: (request) => {
      requests.push(request);
      return answer(request);
    },
  });
  opened.push(service);
  const ran = await run(['register', ...args, '--address', service.address], input);
  return { ...ran, requests };
}

async function parquet(name: string, column: string, values: number[]): Promise<string> {
  const file = join(folder, name);
  const bytes = parquetWriteBuffer({ columnData: [{ name: column, data: values, type: 'INT32' }] });
  await writeFile(file, new Uint8Array(bytes));
  return file;
}

const JSON_ARGS = ['a', '--objects', '-', '--fingerprint', 'f'];
const ONE = { stdin: '[{"key": "s3://b/k", "size_bytes": "9007199254740993"}]' };

describe('register from files', () => {
  it('sends URIs, sizes, row counts and one fingerprint, in the order given', async () => {
    const files = [
      await parquet('b c.parquet', 'x', [1, 2, 3]),
      await parquet('a.parquet', 'x', [4]),
    ];
    const { code, err, requests } = await register(['sales/orders', ...files]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      name: 'sales/orders',
      rowCount: 4n,
      schemaFingerprint: expect.stringMatching(/.{16,}/),
      objects: files.map((file, i) => ({
        key: pathToFileURL(file).href,
        rowCount: [3n, 1n][i],
        sizeBytes: expect.anything(),
      })),
      validateOnly: false,
      expectedEtag: '',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(requests[0]?.labels).toBeUndefined();
  });

  it('sends nothing when a file is not Parquet or of another schema, and names it', async () => {
    const good = await parquet('good.parquet', 'x', [1]);
    const other = await parquet('other.parquet', 'y', [1]);
    const bad = join(folder, 'bad.parquet');
    await writeFile(bad, 'no parquet here');
    for (const [file, args] of [
      [bad, ['a', good, bad]],
      [other, ['a', good, other]],
      ['missing.parquet', ['a', join(folder, 'missing.parquet')]],
    ] as const) {
      const { code, err, requests } = await register([...args]);
      expect({ code, requests }).toEqual({ code: 2, requests: [] });
      expect(err).toContain(file);
    }
  });
});

describe('register from JSON', () => {
  it('reads standard input or a file', async () => {
    const file = join(folder, 'objects.json');
    await writeFile(file, ONE.stdin);
    for (const { requests } of [
      await register(JSON_ARGS, ONE),
      await register(['a', '--objects', file, '--fingerprint', 'f']),
    ]) {
      expect(requests).toMatchObject([
        {
          schemaFingerprint: 'f',
          objects: [{ key: 's3://b/k', sizeBytes: 9_007_199_254_740_993n }],
        },
      ]);
      expect(requests[0]?.rowCount).toBeUndefined();
    }
  });

  it('takes a row count, 0 and the largest included', async () => {
    for (const count of ['0', '9223372036854775807']) {
      const { requests } = await register([...JSON_ARGS, '--row-count', count], ONE);
      expect(requests[0]?.rowCount).toBe(BigInt(count));
    }
  });

  it('passes on etag, request id and validate-only', async () => {
    const { requests } = await register(
      [...JSON_ARGS, '--expected-etag', 'e', '--request-id', 'r', '--validate-only'],
      ONE,
    );
    expect(requests).toMatchObject([{ expectedEtag: 'e', requestId: 'r', validateOnly: true }]);
  });

  it.each([
    [[], undefined],
    [['--no-labels'], {}],
    [['--label', 'a=1', '--label', 'b=x=y', '--label', 'c='], { a: '1', b: 'x=y', c: '' }],
  ])('labels %j', async (flags, expected) => {
    const { requests } = await register([...JSON_ARGS, ...flags], ONE);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.labels?.entries).toEqual(expected);
  });

  it.each([
    [['a'], 'no objects given'],
    [['a', 'f.parquet', '--fingerprint', 'f'], '--fingerprint: goes with --objects only'],
    [['a', 'f.parquet', '--row-count', '1'], '--row-count: goes with --objects only'],
    [[...JSON_ARGS, 'f.parquet'], 'exclude each other'],
    [['a', '--objects', '-'], '--fingerprint: is required'],
    [['a', '--objects', '-', '--fingerprint', ''], '--fingerprint: is required'],
    [[...JSON_ARGS, '--row-count', '-1'], '--row-count: "-1"'],
    [[...JSON_ARGS, '--row-count', '9223372036854775808'], 'to 9223372036854775807'],
    [[...JSON_ARGS, '--row-count', ''], '--row-count: ""'],
    [[...JSON_ARGS, '--label', 'a'], '"a" is not KEY=VALUE'],
    [[...JSON_ARGS, '--label', '=a'], '"=a" is not KEY=VALUE'],
    [[...JSON_ARGS, '--label', 'a=1', '--label', 'a=2'], '"a" is given twice'],
    [[...JSON_ARGS, '--label', 'a=1', '--no-labels'], 'exclude each other'],
    [[...JSON_ARGS, '--expected-etag', ''], '--expected-etag: must not be empty'],
    [[...JSON_ARGS, '--request-id', ''], '--request-id: must not be empty'],
    [['a', '--objects', '/nonexistent.json', '--fingerprint', 'f'], '/nonexistent.json'],
  ])('refuses %j before any call', async (args, expected) => {
    const { code, out, err, requests } = await register(args, ONE);
    expect({ code, out, requests }).toEqual({ code: 2, out: '', requests: [] });
    expect(err).toContain(expected);
  });

  it('refuses bytes that are not UTF-8', async () => {
    const { code, err } = await register(JSON_ARGS, { stdin: Uint8Array.of(0x5b, 0xff, 0x5d) });
    expect(code).toBe(2);
    expect(err).toContain('is not UTF-8');
  });
});

describe('the answer', () => {
  it.each([
    [{ existing: false, version: 1n }, [], 'a: created at version 1\n'],
    [{ existing: true, version: 7n }, [], 'a: updated at version 7\n'],
    [
      { existing: true, replayed: true, version: 7n },
      [],
      'a: updated at version 7, by an earlier call with this request id\n',
    ],
    [{ version: 1n }, ['--validate-only'], 'a: valid, would be created at version 1\n'],
    [
      { existing: true, version: 2n },
      ['--validate-only'],
      'a: valid, would be updated at version 2\n',
    ],
  ])('%o reads %j', async (response, flags, expected) => {
    const { code, out } = await register([...JSON_ARGS, ...flags], ONE, () =>
      registerResponse(response),
    );
    expect({ code, out }).toEqual({ code: 0, out: expected });
  });

  it('is proto3 JSON with false shown', async () => {
    const { out } = await register([...JSON_ARGS, '--json'], ONE);
    expect(JSON.parse(out)).toMatchObject({
      existing: false,
      replayed: false,
      version: '1',
      manifest: { name: 'a', objects: [] },
    });
  });

  it('that got lost has exit code 7 and says with which request id to repeat', async () => {
    const { code, err, requests } = await register(
      [...JSON_ARGS, '--timeout', '300ms'],
      ONE,
      () => new Promise(() => {}),
    );
    expect(code).toBe(7);
    expect(requests).toHaveLength(1);
    expect(err).toContain('OUTCOME_UNKNOWN');
    expect(err).toContain(`--request-id ${requests[0]?.requestId}`);
  });
});
