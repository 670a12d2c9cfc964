import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { RegisterManifestRequest } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { type FakeService, registerResponse, startFake } from '../client/fake-service.ts';
import { fileOf, HOSTILE } from '../dataset/craft.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { capture, run } from './run-cli.ts';

const folder = tempFolder();
const requests: RegisterManifestRequest[] = [];
let service: FakeService;
beforeAll(async () => {
  service = await startFake({
    registerManifest: (request) => {
      requests.push(request);
      return registerResponse({ version: 1n, manifest: { name: request.name } });
    },
  });
});
afterAll(() => service.close());

/** Runs `register` with the paths, and takes what it has sent. */
async function register(...args: string[]) {
  const ran = await run(['register', 'a', ...args], { env: { CATALOGD_ADDRESS: service.address } });
  return { ...ran, requests: requests.splice(0) };
}

function parquet(rows: number, column = 'x'): Buffer {
  const data = Array.from({ length: rows }, (_, i) => i);
  return Buffer.from(parquetWriteBuffer({ columnData: [{ name: column, data, type: 'INT32' }] }));
}

function put(name: string, content: Buffer): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe('register of a folder or glob', () => {
  beforeAll(() => {
    put('lake/orders/b.parquet', parquet(1));
    put('lake/orders/day=1/a.parquet', parquet(2));
    put('lake/orders/_temporary/c.parquet', parquet(4));
  });
  const lake = join(folder, 'lake');
  const uri = (name: string) => pathToFileURL(join(lake, name)).href;

  it.each([[join(lake, 'orders')], [join(lake, '**/*.parquet')]])('%s', async (path) => {
    const { code, out, requests } = await register(path);
    expect(code).toBe(0);
    expect(requests).toMatchObject([
      {
        rowCount: 3n,
        objects: [
          { key: uri('orders/b.parquet'), rowCount: 1n },
          { key: uri('orders/day=1/a.parquet'), rowCount: 2n },
        ],
      },
    ]);
    const bytes = parquet(1).length + parquet(2).length;
    expect(out).toContain(`\nread ${bytes} B of 2 files, of which only the footers\n`);
  });

  it('has keys relative to a folder', async () => {
    const { requests } = await register(join(lake, 'orders'), '--relative-to', lake);
    const keys = requests[0]?.objects.map(({ key }) => key);
    expect(keys).toEqual(['orders/b.parquet', 'orders/day=1/a.parquet']);
  });

  it('refuses a file outside of that folder', async () => {
    const { code, err, requests } = await register(
      lake,
      '--relative-to',
      join(lake, 'orders/day=1'),
    );
    expect({ code, requests }).toEqual({ code: 2, requests: [] });
    expect(err).toContain(`${join(lake, 'orders/b.parquet')}: is not below`);
  });

  it.each([
    [['', 'b'], 'a path is empty'],
    [['x.parquet', '--relative-to', ''], '--relative-to: must not be empty'],
    [
      ['--objects', '-', '--fingerprint', 'f', '--relative-to', '.'],
      '--relative-to: goes with files',
    ],
    [['s3://_/a'], '"_" is not a bucket name'],
  ])('refuses %j', async (args, message) => {
    const { code, err, requests } = await register(...args);
    expect({ code, requests }).toEqual({ code: 2, requests: [] });
    expect(err).toContain(message);
  });
});

describe('register --dry-run', () => {
  const nowhere = { CATALOGD_ADDRESS: '127.0.0.1:1' };

  it('shows all that would be sent, and sends nothing', async () => {
    const file = put('dry/one.parquet', parquet(3));
    const { code, out, err } = await run(
      ['register', 'a', file, '--dry-run', '--label', 'k=v', '--request-id', 'r'],
      { env: nowhere },
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const size = parquet(3).length;
    expect(out.replace(/parquet-v1:[0-9a-f]{64}$/m, 'F').split('\n')).toEqual([
      'a: nothing was sent; this would be',
      '',
      'name           a',
      'fingerprint    F',
      'schema         1 column',
      'rows           3',
      'objects        1',
      `size           ${size} B (${size} bytes)`,
      'labels         k=v',
      'expected etag  any',
      'request id     r',
      '',
      'BYTES  ROWS  ETAG  KEY',
      `  ${size}     3  -     ${pathToFileURL(file).href}`,
      '',
      `read ${size} B of 1 file, of which only the footers`,
      '',
    ]);
  });

  it('is the very request as JSON', async () => {
    const file = put('dry/one.parquet', parquet(3));
    const sent = await register(file, '--request-id', 'r', '--no-labels');
    const args = ['register', 'a', file, '--request-id', 'r', '--no-labels', '--dry-run', '--json'];
    const { out } = await run(args, { env: nowhere });
    const [request] = sent.requests;
    expect(JSON.parse(out)).toEqual({
      name: 'a',
      schemaFingerprint: request?.schemaFingerprint,
      objects: [
        { key: pathToFileURL(file).href, sizeBytes: String(parquet(3).length), rowCount: '3' },
      ],
      rowCount: '3',
      labels: { entries: {} },
      expectedEtag: '',
      requestId: 'r',
      validateOnly: false,
      schema: {
        fields: [
          {
            name: 'x',
            repetition: 'FIELD_REPETITION_OPTIONAL',
            physicalType: 'PHYSICAL_TYPE_INT32',
            fields: [],
          },
        ],
      },
    });
  });

  it('goes with objects as JSON', async () => {
    const args = ['--objects', '-', '--fingerprint', 'f', '--dry-run', '--json'];
    const { code, out } = await run(['register', 'a', ...args], {
      env: nowhere,
      stdin: '[{"key": "s3://b/k", "size_bytes": 5}]',
    });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      schemaFingerprint: 'f',
      objects: [{ sizeBytes: '5' }],
    });
  });
});

describe('register of bad files among good ones', () => {
  const cases: [string, Buffer, string][] = [
    ['empty', Buffer.alloc(0), 'is empty (0 bytes)'],
    ['truncated', parquet(9).subarray(0, -5), 'is truncated or still being written'],
    ['encrypted', Buffer.from('PARE0000\0\0\0\0PARE'), 'has an encrypted footer'],
    ['broken', fileOf(Buffer.from([1, 2, 3])), 'has a damaged footer'],
    ['of another schema', parquet(1, 'y'), 'column "x" is missing, "y" (OPTIONAL INT32) is in its'],
    ['hostile', fileOf(HOSTILE.nest()), 'has a damaged footer: Maximum call stack size exceeded'],
    ['greedy', fileOf(HOSTILE.allocate()), 'has a footer that takes more than'],
  ];
  it.each(cases)('%s: named, nothing sent', async (what, content, message) => {
    const name = what.replaceAll(' ', '-');
    put(`bad/${name}/a.parquet`, parquet(1));
    const bad = put(`bad/${name}/b.parquet`, content);
    put(`bad/${name}/c.parquet`, parquet(1));
    const { code, out, err, requests } = await register(dirname(bad));
    expect({ code, out, requests }).toEqual({ code: 2, out: '', requests: [] });
    expect(err).toContain(`catalogd: ${bad}: `);
    expect(err).toContain(message);
  });
});

describe('register from S3', () => {
  let double: S3Double;
  const saved = { ...process.env };
  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID = 'double';
    process.env.AWS_SECRET_ACCESS_KEY = 'double-secret';
    double = await startS3Double({ bucket: 'lake' });
    double.objects.set('orders/a b.parquet', parquet(1));
    double.objects.set('orders/c.parquet', parquet(2));
  });
  afterAll(async () => {
    process.env = saved;
    await double.close();
  });
  const at = (path: string) => `s3://lake/${path}?endpoint=${double.endpoint}&path_style=true`;

  it('has URIs with the key as it is, or keys relative to a prefix', async () => {
    const { requests } = await register(at('orders'));
    const etag = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(requests).toMatchObject([
      {
        rowCount: 3n,
        objects: [
          { key: 's3://lake/orders/a b.parquet', sizeBytes: BigInt(parquet(1).length), etag },
          { key: 's3://lake/orders/c.parquet', sizeBytes: BigInt(parquet(2).length), etag },
        ],
      },
    ]);
    const relative = await register(at('orders'), '--relative-to', 's3://lake/orders');
    const keys = relative.requests[0]?.objects.map(({ key }) => key);
    expect(keys).toEqual(['a b.parquet', 'c.parquet']);
  });

  it('has exit code 6 when the server cannot be reached', async () => {
    double.fault = () => ({ status: 503 });
    const { code, err, requests } = await register(at('orders'));
    double.fault = () => undefined;
    expect({ code, requests }).toEqual({ code: 6, requests: [] });
    expect(err).toMatch(/s3:\/\/lake\/orders: cannot be read: HTTP 503 .*DATA_UNAVAILABLE/);
  });
});

describe('the progress bar', () => {
  const terminal = () => Object.assign(capture(), { isTTY: true });

  it('is drawn on a terminal and taken off again', async () => {
    const file = put('bar/one.parquet', parquet(1));
    const stderr = terminal();
    await run(['register', 'a', file, '--dry-run'], { stderr });
    expect(stderr.text).toContain('] 1 of 1, ');
    expect(stderr.text.endsWith('\r\x1b[K')).toBe(true);
  });

  it('is not drawn with --json', async () => {
    const file = put('bar/one.parquet', parquet(1));
    const stderr = terminal();
    await run(['register', 'a', file, '--dry-run', '--json'], { stderr });
    expect(stderr.text).toBe('');
  });
});
