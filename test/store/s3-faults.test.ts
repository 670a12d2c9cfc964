import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ObjectTooLargeError,
  OutcomeUnknownError,
  PreconditionFailedError,
  StoreConfigError,
  type StoreError,
  StoreUnavailableError,
} from '../../src/store/errors.ts';
import { openS3Store, type S3StoreOptions } from '../../src/store/s3.ts';
import type { PutMode, Store } from '../../src/store/store.ts';
import { type Fault, type S3Double, startS3Double } from '../support/s3-double.ts';
import { all, bytes, read } from './objects.ts';

const SECRET = 'very-secret-key';
const CREATE = { kind: 'create' } as const;
const REPLACE = { kind: 'replace', etag: 'e' } as const;
const OVERWRITE = { kind: 'overwrite' } as const;

let double: S3Double;
let store: Store;
const waits: number[] = [];

function open(options: S3StoreOptions = {}, parameters = '', endpoint = double.endpoint) {
  const query = `endpoint=${encodeURIComponent(endpoint)}&path_style=true${parameters}`;
  return openS3Store(`s3://catalog/p?${query}`, {
    sleep: async (ms) => {
      waits.push(ms);
    },
    random: () => 0.5,
    ...options,
  });
}

beforeAll(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'double';
  process.env.AWS_SECRET_ACCESS_KEY = SECRET;
  double = await startS3Double({ secretAccessKey: SECRET });
});
afterAll(() => double.close());
beforeEach(async () => {
  double.objects.clear();
  double.seen.length = 0;
  double.fault = () => undefined;
  waits.length = 0;
  store = await open();
});
afterEach(() => store.close());

type Row = [fault: Fault, mode: PutMode, error: typeof StoreError | 'ok', written: boolean];

const PRECONDITION = PreconditionFailedError as unknown as typeof StoreError;
const UNAVAILABLE = StoreUnavailableError as unknown as typeof StoreError;
const UNKNOWN = OutcomeUnknownError as unknown as typeof StoreError;

const PUTS: Row[] = [
  [{ status: 412, code: 'PreconditionFailed' }, CREATE, PRECONDITION, false],
  [{ status: 412, code: 'PreconditionFailed' }, REPLACE, PRECONDITION, false],
  [{ status: 412, code: 'PreconditionFailed' }, OVERWRITE, UNAVAILABLE, false],
  [{ status: 409, code: 'ConditionalRequestConflict' }, CREATE, PRECONDITION, false],
  [{ status: 409, code: 'ConditionalRequestConflict' }, REPLACE, PRECONDITION, false],
  [{ status: 409, code: 'OperationAborted' }, OVERWRITE, UNAVAILABLE, false],
  [{ status: 404, code: 'NoSuchKey' }, REPLACE, PRECONDITION, false],
  [{ status: 404, code: 'NoSuchBucket' }, REPLACE, UNAVAILABLE, false],
  [{ status: 404, code: 'NoSuchBucket' }, CREATE, UNAVAILABLE, false],
  [{ status: 400, code: 'InvalidRequest' }, CREATE, UNAVAILABLE, false],
  [{ status: 403, code: 'AccessDenied' }, CREATE, UNAVAILABLE, false],
  [{ status: 403, text: '<html>not XML' }, CREATE, UNAVAILABLE, false],
  [{ status: 301, code: 'PermanentRedirect' }, CREATE, UNAVAILABLE, false],
  [{ status: 429, code: 'TooManyRequests' }, CREATE, UNAVAILABLE, false],
  [{ status: 501, code: 'NotImplemented' }, CREATE, UNAVAILABLE, false],
  [{ status: 408, code: 'RequestTimeout' }, CREATE, UNKNOWN, false],
  [{ status: 408, code: 'RequestTimeout', when: 'after' }, CREATE, UNKNOWN, true],
  [{ status: 500, code: 'InternalError' }, CREATE, UNKNOWN, false],
  [{ status: 500, code: 'InternalError', when: 'after' }, CREATE, UNKNOWN, true],
  [{ status: 503, code: 'SlowDown' }, CREATE, UNKNOWN, false],
  [{ status: 503, code: 'SlowDown', when: 'after' }, OVERWRITE, UNKNOWN, true],
  [{ status: 504, text: '<html>', when: 'after' }, CREATE, UNKNOWN, true],
  [{ drop: 'before' }, CREATE, UNKNOWN, false],
  [{ drop: 'after' }, CREATE, UNKNOWN, true],
];

describe('a put, sent once, whose answer is', () => {
  it.each(PUTS)('%j to %j', async (fault, mode, error, written) => {
    double.fault = () => fault;
    const put = store.put('a', bytes('x'), mode);
    await expect(put).rejects.toThrow(error as typeof StoreError);
    expect(double.seen.length).toBe(1);
    expect(waits).toEqual([]);
    expect(double.objects.has('p/a')).toBe(written);
  });

  it.each([
    [{ status: 500 }, OutcomeUnknownError],
    [{ status: 503, when: 'after' }, OutcomeUnknownError],
    [{ drop: 'after' }, OutcomeUnknownError],
    [{ status: 403, code: 'AccessDenied' }, StoreUnavailableError],
    [{ status: 404, code: 'NoSuchBucket' }, StoreUnavailableError],
  ] as [Fault, typeof OutcomeUnknownError][])('%j to a delete', async (fault, error) => {
    double.fault = () => fault;
    await expect(store.delete('a')).rejects.toThrow(error);
    expect(double.seen.length).toBe(1);
  });
});

/** Waits for something that happens in the double, for 5 s at most. */
async function until(happened: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!happened()) {
    if (Date.now() > end) throw new Error('it did not happen within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a put that ends without an answer', () => {
  it('within the time limit is of unknown outcome, and may still land', async () => {
    await store.close();
    store = await open({ requestTimeoutMs: 150 });
    double.fault = () => ({ delayMs: 600 });
    await expect(store.put('a', bytes('x'), CREATE)).rejects.toThrow(OutcomeUnknownError);
    expect(double.objects.has('p/a')).toBe(false);
    await until(() => double.objects.has('p/a'));
  });

  it('because nobody listens was not sent', async () => {
    const gone = await startS3Double();
    await gone.close();
    const other = await open({}, '', gone.endpoint);
    await expect(other.put('a', bytes('x'), CREATE)).rejects.toThrow(StoreUnavailableError);
    await expect(other.delete('a')).rejects.toThrow(StoreUnavailableError);
    await expect(other.get('a')).rejects.toThrow(/ECONNREFUSED/);
    await other.close();
  });

  it('because the host has no address was not sent', async () => {
    const other = await open({}, '', 'http://no-such-host.invalid');
    await expect(other.put('a', bytes('x'), CREATE)).rejects.toThrow(StoreUnavailableError);
    await other.close();
  });

  it('because it never got a connection was not sent, then or later', async () => {
    await store.close();
    store = await open({ maxSockets: 1, connectTimeoutMs: 100 });
    double.fault = ({ key }) => (key === 'p/slow' ? { delayMs: 500 } : undefined);
    const slow = store.put('slow', bytes('x'), CREATE);
    await until(() => double.seen.length === 1);
    await expect(store.put('queued', bytes('x'), CREATE)).rejects.toThrow(StoreUnavailableError);
    await slow;
    await store.put('next', bytes('x'), CREATE);
    expect(double.seen.map(({ key }) => key)).toEqual(['p/slow', 'p/next']);
  });

  it('because there are no credentials was not sent', async () => {
    const { AWS_ACCESS_KEY_ID } = process.env;
    delete process.env.AWS_ACCESS_KEY_ID;
    process.env.AWS_EC2_METADATA_DISABLED = 'true';
    const other = await open();
    try {
      await expect(other.put('a', bytes('x'), CREATE)).rejects.toThrow(StoreUnavailableError);
      await expect(other.put('a', bytes('x'), CREATE)).rejects.toThrow(/credentials/i);
      await expect(other.get('a')).rejects.toThrow(StoreUnavailableError);
      expect(double.seen).toEqual([]);
    } finally {
      process.env.AWS_ACCESS_KEY_ID = AWS_ACCESS_KEY_ID;
      await other.close();
    }
  });
});

describe('a read', () => {
  beforeEach(() => store.put('a', bytes('content of a'), CREATE));

  const passing: Fault[] = [
    { status: 500 },
    { status: 503 },
    { status: 429 },
    { drop: 'before' },
    { truncate: true },
    { status: 200, text: 'neither XML nor an object' },
  ];

  it.each(passing)('is repeated after %j, with growing waits', async (fault) => {
    let left = 2;
    double.fault = () => (left-- > 0 ? fault : undefined);
    expect((await read(store, 'a'))?.text).toBe('content of a');
    expect(waits).toEqual([100, 200]);
    left = 2;
    expect((await all(store, '')).map(({ key }) => key)).toEqual(['a']);
    expect(waits.length).toBe(4);
  });

  it.each(passing)('fails when %j does not pass', async (fault) => {
    double.fault = () => fault;
    await expect(store.get('a')).rejects.toThrow(StoreUnavailableError);
    await expect(all(store, '')).rejects.toThrow(StoreUnavailableError);
    expect(double.seen.filter(({ method }) => method === 'GET').length).toBe(6);
  });

  it.each([
    { status: 403, code: 'AccessDenied' },
    { status: 404, code: 'NoSuchBucket' },
    { status: 404, text: 'a proxy says' },
    { status: 404, text: '' },
    { status: 301, code: 'PermanentRedirect' },
  ])('fails at once after %j', async (fault) => {
    double.fault = () => fault;
    await expect(store.get('a')).rejects.toThrow(StoreUnavailableError);
    await expect(all(store, '')).rejects.toThrow(StoreUnavailableError);
    expect(waits).toEqual([]);
  });

  it('ends within the time limit though the content never ends', async () => {
    await store.close();
    store = await open({ requestTimeoutMs: 150, readAttempts: 1, maxSockets: 1 });
    double.fault = () => ({ stallMs: 10_000 });
    await expect(store.get('a')).rejects.toThrow(/no answer within 150 ms/);
    // The one connection is free again.
    double.fault = () => undefined;
    expect((await read(store, 'a'))?.text).toBe('content of a');
  });

  it('of a web page is no empty listing', async () => {
    double.fault = () => ({ text: '<html><body>Sign in</body></html>' });
    await expect(all(store, '')).rejects.toThrow(/not a listing/);
  });

  it('of a cut page that does not say how to go on is no listing', async () => {
    double.fault = () => ({
      text: '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>',
    });
    await expect(all(store, '')).rejects.toThrow(/how to go on/);
  });
});

it('asks for pages and puts them together', async () => {
  const paged = await startS3Double({ secretAccessKey: SECRET, pageSize: 3 });
  const other = await open({}, '', paged.endpoint);
  for (let i = 0; i < 10; i += 1) await other.put(`k ${i}`, bytes('x'), CREATE);
  paged.seen.length = 0;
  const keys = (await all(other, '')).map(({ key }) => key);
  expect(keys).toEqual(Array.from({ length: 10 }, (_, i) => `k ${i}`));
  expect(paged.seen.length).toBe(4);
  await other.close();
  await paged.close();
});

it('lists keys that XML cannot hold', async () => {
  const key = 'control \u0001 and \r\n line';
  await store.put(key, bytes('x'), CREATE);
  expect((await all(store, '')).map((object) => object.key)).toEqual([key]);
});

/** A page of a listing, with its objects as some server writes them. */
function page(...contents: string[]): string {
  return `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
}

it('lists objects of whatever form, and mixed ones in their order', async () => {
  const plain = (key: string) =>
    `<Contents><Key>p/${key}</Key><ETag>&quot;e&quot;</ETag><Size>1</Size></Contents>`;
  const other = (key: string) => plain(key).replace('<Contents>', '<Contents xmlns="">');
  const listed = async (...contents: string[]) => {
    double.fault = () => ({ text: page(...contents) });
    return (await all(store, '')).map(({ key }) => key);
  };
  expect(await listed(other('a'), other('b'))).toEqual(['a', 'b']);
  expect(await listed(plain('a'), other('b'), plain('c'))).toEqual(['a', 'b', 'c']);
});

it.each(['caf%E9.parquet', '100%'])('names a listed key that is no text: %s', async (key) => {
  const object = `<Contents><Key>p/${key}</Key><ETag>e</ETag><Size>1</Size></Contents>`;
  double.fault = () => ({ text: page(object) });
  const listed = all(store, '');
  await expect(listed).rejects.toThrow(StoreConfigError);
  await expect(listed).rejects.toThrow(`"p/${key}" is not percent-encoded UTF-8`);
});

it('sends a large body at once, without waiting to be told to continue', async () => {
  await store.put('large', new Uint8Array(3_000_000), CREATE);
  expect(double.seen[0]?.headers.expect).toBeUndefined();
  expect(double.objects.get('p/large')?.byteLength).toBe(3_000_000);
});

it('sends the etag with quotes, or without where the URL says so', async () => {
  const { etag } = await store.put('a', bytes('1'), CREATE);
  await store.put('a', bytes('2'), { kind: 'replace', etag });
  expect(double.seen.at(-1)?.headers['if-match']).toBe(`"${etag}"`);
  const bare = await open({}, '&if_match=bare');
  const current = await bare.get('a');
  await bare.put('a', bytes('3'), { kind: 'replace', etag: current?.etag ?? '' });
  expect(double.seen.at(-1)?.headers['if-match']).toBe(current?.etag);
  await bare.close();
});

it('does not read what is larger than anything it holds', async () => {
  let sent = 0;
  const server = createServer((request, response) => {
    response.writeHead(200, { etag: '"e"', 'content-length': 3 * 2 ** 30 });
    const chunk = Buffer.alloc(1 << 20);
    const send = () => {
      while (!response.destroyed && sent++ < 3_000) if (!response.write(chunk)) break;
    };
    response.on('drain', send);
    send();
    request.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const other = await open({}, '', `http://127.0.0.1:${port}`);
  const error = await other.get('a').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ObjectTooLargeError);
  expect(error).toMatchObject({ sizeBytes: 3 * 2 ** 30, etag: 'e' });
  expect(sent).toBeLessThan(100);
  await other.close();
  server.close();
});

it('never tells a secret', async () => {
  process.env.AWS_SESSION_TOKEN = 'session-token';
  const server = createServer((request, response) => {
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end('<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>');
    request.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const other = await open({}, '', `http://127.0.0.1:${port}`);
  const calls = [() => other.put('a', bytes('x'), CREATE), () => other.get('a')];
  for (const call of calls) {
    const error = await call().then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(StoreUnavailableError);
    const everything = `${error.stack} ${JSON.stringify(error)} ${error.cause}`;
    expect(everything).toContain('SignatureDoesNotMatch');
    for (const secret of [SECRET, 'session-token', 'Signature=']) {
      expect(everything).not.toContain(secret);
    }
  }
  delete process.env.AWS_SESSION_TOKEN;
  await other.close();
  server.close();
});
