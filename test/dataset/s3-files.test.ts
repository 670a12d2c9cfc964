import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { describeFiles } from '../../src/dataset/describe.ts';
import { DatasetFileError, DatasetUnavailableError } from '../../src/dataset/errors.ts';
import { findFiles } from '../../src/dataset/find-files.ts';
import { TAIL_BYTES } from '../../src/dataset/footer-bytes.ts';
import { openS3Reader } from '../../src/s3/reader.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';
import { fileOf, footerOf, rowGroup, schema } from './craft.ts';
import { parseHere, rejection } from './support.ts';

let double: S3Double;
const saved = { ...process.env };
beforeAll(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'double';
  process.env.AWS_SECRET_ACCESS_KEY = 'double-secret';
  double = await startS3Double({ bucket: 'lake', pageSize: 3 });
});
afterAll(async () => {
  await double.close();
  process.env = saved;
});
afterEach(() => {
  double.objects.clear();
  double.seen.length = 0;
  double.fault = () => undefined;
});

const file = (rows: number, padding = 0) =>
  fileOf(
    footerOf({
      field_2: schema,
      field_4: [rowGroup(BigInt(rows))],
      ...(padding > 0 ? { field_6: 'x'.repeat(padding) } : {}),
    }),
  );

const read = (...paths: string[]) => readAt(double.endpoint, ...paths);

async function readAt(endpoint: string, ...paths: string[]) {
  const query = `?endpoint=${endpoint}&path_style=true`;
  const found = await findFiles(
    paths.map((path) => path + query),
    {
      maxFiles: 20,
      openS3: ({ server }, url) =>
        openS3Reader(server, url, { attempts: 3, sleep: async () => {}, random: () => 0 }),
    },
  );
  try {
    return await describeFiles(found.files, { parser: parseHere, concurrency: 4 });
  } finally {
    await found.close();
  }
}

const put = (...keys: string[]) => {
  for (const key of keys) double.objects.set(key, file(1));
};
const uris = async (...paths: string[]) =>
  (await read(...paths)).objects.map(({ uri }) => uri.slice('s3://lake/'.length));

describe('files in S3', () => {
  it('have absolute URIs, sizes, etags and row counts, out of one ranged read each', async () => {
    double.objects.set('data/a.parquet', file(7));
    const { objects, rowCount, bytesRead } = await read('s3://lake/data/a.parquet');
    expect(objects).toEqual([
      {
        uri: 's3://lake/data/a.parquet',
        sizeBytes: BigInt(file(7).length),
        rowCount: 7n,
        etag: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    ]);
    expect([rowCount, bytesRead]).toEqual([7n, file(7).length]);
    const gets = double.seen.filter(({ key }) => key !== '');
    expect(gets.map(({ headers }) => headers.range)).toEqual([`bytes=0-${file(7).length - 1}`]);
  });

  it('are read at the end only, and once more where the footer is longer', async () => {
    const long = file(7, TAIL_BYTES);
    double.objects.set('long.parquet', Buffer.concat([Buffer.alloc(500_000), long]));
    const { rowCount, bytesRead } = await read('s3://lake/long.parquet');
    expect(rowCount).toBe(7n);
    expect(bytesRead).toBe(TAIL_BYTES + long.length - 12);
    expect(double.seen.filter(({ key }) => key !== '')).toHaveLength(2);
  });

  it('are those below a prefix as below a folder, over all pages, in byte order', async () => {
    put('data/b.parquet', 'data/a/z.parquet', 'data/a-b.parquet', 'data/a.parquet');
    put('data/\u{1f600}.parquet', 'data/\uffee.parquet', 'data/50% of a+b?.parquet');
    put('data2/x.parquet', 'data', 'data.parquet');
    put('data/_temporary/a.parquet', 'data/.a.parquet', 'data/read.me', 'data/_y=1/a.parquet');
    const below = [
      ...['data/50% of a+b?.parquet', 'data/_y=1/a.parquet', 'data/a-b.parquet', 'data/a.parquet'],
      ...['data/a/z.parquet', 'data/b.parquet', 'data/\uffee.parquet', 'data/\u{1f600}.parquet'],
    ];
    expect(await uris('s3://lake/data/')).toEqual(below);
    // An object of the very name comes first.
    expect(await uris('s3://lake/data')).toEqual(['data']);
    double.objects.delete('data');
    expect(await uris('s3://lake/data')).toEqual(below);
  });

  it('are all of a bucket', async () => {
    put('a.parquet', 'b/c.parquet');
    expect(await uris('s3://lake')).toEqual(['a.parquet', 'b/c.parquet']);
    expect(await uris('s3://lake/')).toEqual(['a.parquet', 'b/c.parquet']);
  });

  it('keep the order of the paths, and can be given again as they were registered', async () => {
    put('b.parquet', 't=00%3A00/a b.parquet');
    const given = ['b.parquet', 't=00%3A00/a b.parquet'];
    expect(await uris(...given.map((key) => `s3://lake/${key}`))).toEqual(given);
  });

  it('survive passing faults, a cut answer included', async () => {
    put('a.parquet', 'b.parquet', 'c.parquet', 'd.parquet');
    const counts = new Map<string, number>();
    double.fault = ({ key, query }) => {
      const what = key || `list ${query.get('continuation-token')}`;
      const count = counts.get(what) ?? 0;
      counts.set(what, count + 1);
      return [{ status: 503 }, { truncate: true }][count];
    };
    expect(await uris('s3://lake/')).toHaveLength(4);
    // Two pages of the listing, and four objects.
    expect([...counts.values()]).toEqual([3, 3, 3, 3, 3, 3]);
  });

  it('that cannot be reached for now are no fault of theirs', async () => {
    put('a.parquet');
    for (const status of [503, 500]) {
      double.fault = () => ({ status });
      const error = await rejection(read('s3://lake/a.parquet'));
      expect(error).toBeInstanceOf(DatasetUnavailableError);
      expect(error.message).toContain(`s3://lake/a.parquet: cannot be read: HTTP ${status}`);
      expect(double.seen.splice(0)).toHaveLength(3);
    }
  });

  it.each([
    ['nothing there', 's3://lake/none', /s3:\/\/lake\/none: is no object/],
    ['another bucket', 's3://ocean/a', /NoSuchBucket/],
    ['too many', 's3://lake/many/', /has more than 20 files/],
    ['an empty object', 's3://lake/empty.parquet', /empty\.parquet: is empty/],
    ['no Parquet', 's3://lake/text.parquet', /text\.parquet: is not a Parquet file/],
  ])('refuses %s', async (_what, path, message) => {
    double.objects.set('empty.parquet', Buffer.alloc(0));
    double.objects.set('text.parquet', Buffer.from('no parquet here'));
    put(...Array.from({ length: 21 }, (_, i) => `many/${i}.parquet`));
    const error = await rejection(read(path));
    expect(error).toBeInstanceOf(DatasetFileError);
    expect(error.message).toMatch(message);
  });

  it('refuses one whose key is no text', async () => {
    double.fault = () => ({
      text: '<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><Contents><Key>data/caf%E9.parquet</Key><Size>9</Size></Contents></ListBucketResult>',
    });
    const error = await rejection(read('s3://lake/data/'));
    expect(error).toBeInstanceOf(DatasetFileError);
    expect(error.message).toContain('the key "data/caf%E9.parquet" is not percent-encoded UTF-8');
    expect(error.message).toMatch(/^s3:\/\/lake\/data\/: cannot be read: /);
  });

  it('refuses one that changes while it is read', async () => {
    const long = file(7, TAIL_BYTES);
    const changes: [string, Buffer][] = [
      ['of another size', file(8, 3 * TAIL_BYTES)],
      ['of the same size', file(8, TAIL_BYTES)],
      ['shorter', file(8)],
    ];
    for (const [, later] of changes) {
      double.objects.set('a.parquet', long);
      let gets = 0;
      double.fault = ({ key }) => {
        if (key !== '' && ++gets === 2) double.objects.set('a.parquet', later);
        return undefined;
      };
      const error = await rejection(read('s3://lake/a.parquet'));
      expect(error.message).toBe(
        's3://lake/a.parquet: was changed while it was read; run the command again',
      );
    }
    expect(long.length).toBe(file(8, TAIL_BYTES).length);
  });

  it('refuses a server that ignores ranges, without reading all it sends', async () => {
    const server = createServer((request, response) => {
      if (request.url?.includes('list-type')) {
        const object = '<Contents><Key>a</Key><Size>1000000000</Size></Contents>';
        response.end(
          `<ListBucketResult><IsTruncated>false</IsTruncated>${object}</ListBucketResult>`,
        );
      } else {
        // Never ends: who reads on, waits for ever.
        response.writeHead(200, { 'content-length': 1_000_000_000 });
        response.write(Buffer.alloc(1_000_000));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const error = await rejection(readAt(`http://127.0.0.1:${port}`, 's3://lake/a'));
    expect(error.message).toContain('s3://lake/a: cannot be read: the server ignores ranges');
    server.closeAllConnections();
    server.close();
  });
});
