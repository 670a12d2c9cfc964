import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';
import { signatureError } from './s3-signature.ts';

/** What goes wrong with one request. */
export interface Fault {
  /** Waits before anything else: this long, and for this. */
  readonly delayMs?: number;
  readonly until?: Promise<void>;
  /** Cuts the connection, before or after the request has had its effect. */
  readonly drop?: 'before' | 'after';
  /** Answers with this status, before or after the request has had its effect. */
  readonly status?: number;
  readonly when?: 'before' | 'after';
  /** The S3 error code that goes with the status. */
  readonly code?: string;
  /** The content of the answer in place of S3's error document. */
  readonly text?: string;
  /** Cuts the connection in the middle of the answer's content. */
  readonly truncate?: boolean;
  /** Leaves the answer's last piece unsent for this long. */
  readonly stallMs?: number;
}

/** One request, as the double saw it. */
export interface Seen {
  readonly method: string;
  /** Empty for a request to the bucket. */
  readonly key: string;
  readonly headers: IncomingMessage['headers'];
  readonly query: URLSearchParams;
}

/** A running double. */
export interface S3Double {
  /** For example `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  /** All requests so far. */
  readonly seen: Seen[];
  /** Asked at each request for what goes wrong with it. */
  fault: (request: Seen) => Fault | undefined;
  /** The content under each key of the bucket. */
  readonly objects: Map<string, Buffer>;
  close(): Promise<void>;
}

export interface S3DoubleOptions {
  readonly port?: number;
  readonly bucket?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** The most keys in one page of a listing. */
  readonly pageSize?: number;
  /** Takes no notice of where a listing is to begin, as some servers do. */
  readonly ignoresStartAfter?: boolean;
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
}

/**
 * Starts an S3 server that keeps one bucket in memory: path style, Signature Version 4, conditional
 * PUT and DELETE, ranges, ListObjectsV2, aws-chunked bodies and CRC32. For tests only: it answers as
 * AWS does where catalogd depends on it, and knows nothing else.
 */
export async function startS3Double(options: S3DoubleOptions = {}): Promise<S3Double> {
  const { port = 0, bucket = 'catalog', pageSize = 1000 } = options;
  const credentials = {
    accessKeyId: options.accessKeyId ?? 'double',
    secretAccessKey: options.secretAccessKey ?? 'double-secret',
  };
  const objects = new Bucket();
  /** When each body was written. */
  const written = new WeakMap<Buffer, Date>();
  const seen: Seen[] = [];

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      if (!response.destroyed) send(response, failure(500, 'InternalError', String(error)), {});
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://double');
    const [, bucketName = '', ...segments] = url.pathname.split('/');
    const key = decodeURIComponent(segments.join('/'));
    const { method = '', headers } = request;
    const call: Seen = { method, key, headers, query: url.searchParams };
    seen.push(call);
    const fault = double.fault(call) ?? {};
    const body = await readBody(request);
    if (fault.delayMs !== undefined) await sleep(fault.delayMs);
    await fault.until;
    if (fault.drop === 'before') return void request.socket.destroy();
    const faulty = fault.status && failure(fault.status, fault.code ?? 'Injected', 'injected');
    const wrong = signatureError(request, credentials);
    let answer: Answer;
    if (faulty && fault.when !== 'after') answer = faulty;
    else if (wrong !== undefined) answer = failure(403, wrong, 'not signed as it should be');
    else if (bucketName !== bucket) answer = failure(404, 'NoSuchBucket', bucketName);
    else if (body === undefined) answer = failure(400, 'BadDigest', 'the checksum does not match');
    else answer = serve(call, body);
    if (fault.drop === 'after') return void request.socket.destroy();
    if (faulty && fault.when === 'after') answer = faulty;
    if (fault.text !== undefined) answer = { ...answer, body: Buffer.from(fault.text) };
    send(response, answer, fault);
  }

  function serve(call: Seen, body: Buffer): Answer {
    if (call.key === '') return list(call.query);
    const current = objects.get(call.key);
    const condition = conditionError(call, current);
    if (condition !== undefined) return condition;
    switch (call.method) {
      case 'PUT':
        objects.set(call.key, body);
        written.set(body, new Date());
        return { status: 200, headers: { etag: etagOf(body) } };
      case 'DELETE':
        objects.delete(call.key);
        return { status: 204 };
      case 'GET':
        return current ? read(call, current) : failure(404, 'NoSuchKey', call.key);
      case 'HEAD':
        // The body is not sent, only its length.
        return current
          ? { status: 200, headers: { etag: etagOf(current) }, body: current }
          : failure(404, 'NotFound', call.key);
      default:
        return failure(501, 'NotImplemented', call.method);
    }
  }

  function list(query: URLSearchParams): Answer {
    const prefix = query.get('prefix') ?? '';
    const token = query.get('continuation-token');
    const start = options.ignoresStartAfter ? '' : (query.get('start-after') ?? '');
    const after = token === null ? start : Buffer.from(token, 'base64').toString();
    const size = Math.min(pageSize, Number(query.get('max-keys') ?? pageSize));
    // One more than a page, to know whether there is another.
    const keys = objects.keysAfter(after, prefix, size + 1);
    const page = keys.slice(0, size);
    const url = query.get('encoding-type') === 'url';
    const shown = (key: string) => xml(url ? encodeKey(key) : key);
    const contents = page.map((key) => {
      const body = objects.get(key) ?? Buffer.alloc(0);
      const time = (written.get(body) ?? new Date(0)).toISOString();
      return `<Contents><Key>${shown(key)}</Key><LastModified>${time}</LastModified><ETag>${xml(etagOf(body))}</ETag><Size>${body.length}</Size></Contents>`;
    });
    const next = Buffer.from(page.at(-1) ?? '').toString('base64');
    return document(200, 'ListBucketResult', [
      `<KeyCount>${page.length}</KeyCount>`,
      url ? '<EncodingType>url</EncodingType>' : '',
      keys.length > size
        ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>`
        : '<IsTruncated>false</IsTruncated>',
      ...contents,
    ]);
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const double: S3Double = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    fault: () => undefined,
    objects,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return double;
}

/** If-Match and If-None-Match as S3 applies them: a missing object is 404 to If-Match. */
function conditionError({ method, key, headers }: Seen, current: Buffer | undefined) {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (current === undefined) return failure(404, 'NoSuchKey', key);
    const etag = etagOf(current);
    if (![etag, etag.replaceAll('"', ''), '*'].includes(ifMatch)) {
      return failure(412, 'PreconditionFailed', 'If-Match');
    }
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch === undefined || current === undefined) return undefined;
  if (ifNoneMatch !== '*' && ifNoneMatch !== etagOf(current)) return undefined;
  return method === 'GET' ? { status: 304 } : failure(412, 'PreconditionFailed', 'If-None-Match');
}

function read({ headers }: Seen, body: Buffer): Answer {
  const etag = etagOf(body);
  const range = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '');
  if (range === null) return { status: 200, headers: { etag }, body };
  const [, first = '', last = ''] = range;
  const start = first === '' ? Math.max(0, body.length - Number(last)) : Number(first);
  const end = first === '' || last === '' ? body.length : Math.min(body.length, Number(last) + 1);
  if (start >= end) return failure(416, 'InvalidRange', headers.range ?? '');
  const contentRange = `bytes ${start}-${end - 1}/${body.length}`;
  return {
    status: 206,
    headers: { etag, 'content-range': contentRange },
    body: body.subarray(start, end),
  };
}

/** The content of a request without its aws-chunked framing; `undefined` if a checksum is wrong. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  let body = Buffer.concat(pieces);
  let checksum = request.headers['x-amz-checksum-crc32'];
  const digest = String(request.headers['x-amz-content-sha256'] ?? '');
  if (digest.startsWith('STREAMING-')) {
    const chunks: Buffer[] = [];
    for (;;) {
      const lineEnd = body.indexOf('\r\n');
      const size = Number.parseInt(body.toString('latin1', 0, lineEnd), 16);
      if (size === 0) break;
      chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
      body = body.subarray(lineEnd + 2 + size + 2);
    }
    checksum ??= /x-amz-checksum-crc32:(\S+)/.exec(body.toString('latin1'))?.[1];
    body = Buffer.concat(chunks);
  } else if (/^[0-9a-f]{64}$/.test(digest)) {
    if (createHash('sha256').update(body).digest('hex') !== digest) return undefined;
  }
  if (checksum === undefined) return body;
  const actual = Buffer.alloc(4);
  actual.writeUInt32BE(crc32(body));
  return actual.toString('base64') === checksum ? body : undefined;
}

function send(response: ServerResponse, answer: Answer, fault: Fault): void {
  const body = answer.body ?? Buffer.alloc(0);
  const length =
    answer.status === 204 || answer.status === 304 ? {} : { 'content-length': body.length };
  response.writeHead(answer.status, { 'x-amz-request-id': 'double', ...answer.headers, ...length });
  const half = body.subarray(0, body.length >> 1);
  if (fault.truncate) response.write(half, () => response.destroy());
  else if (fault.stallMs !== undefined) {
    response.write(half);
    setTimeout(() => response.end(body.subarray(half.length)), fault.stallMs).unref();
  } else response.end(body);
}

const etags = new WeakMap<Buffer, string>();

function etagOf(body: Buffer): string {
  const known = etags.get(body);
  if (known !== undefined) return known;
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  etags.set(body, etag);
  return etag;
}

const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What a bucket holds. Its keys are kept in the order of a listing, so that a page of many is cheap. */
class Bucket extends Map<string, Buffer> {
  #sorted: string[] | undefined;

  override set(key: string, body: Buffer): this {
    if (this.#sorted !== undefined && !this.has(key)) {
      this.#sorted.splice(this.#placeOf(key, this.#sorted), 0, key);
    }
    return super.set(key, body);
  }

  override delete(key: string): boolean {
    if (this.#sorted !== undefined && this.has(key)) {
      this.#sorted.splice(this.#placeOf(key, this.#sorted), 1);
    }
    return super.delete(key);
  }

  override clear(): void {
    this.#sorted = undefined;
    super.clear();
  }

  /** The first keys with that prefix behind one key, or from the first on where that is empty. */
  keysAfter(after: string, prefix: string, count: number): string[] {
    this.#sorted ??= [...this.keys()].sort(compare);
    const from = compare(after, prefix) < 0 ? prefix : `${after}\0`;
    const start = this.#placeOf(from, this.#sorted);
    return this.#sorted.slice(start, start + count).filter((key) => key.startsWith(prefix));
  }

  /** The place of the first key that is not below that one. */
  #placeOf(key: string, sorted: readonly string[]): number {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(sorted[middle] ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** As AWS writes keys under `encoding-type=url`: a space is a plus sign, slashes stay. */
const encodeKey = (key: string) =>
  encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');

const xml = (text: string) =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

function document(status: number, name: string, content: string[]): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<${name}>${content.join('')}</${name}>`;
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
}

function failure(status: number, code: string, message: string): Answer {
  if (status === 304) return { status };
  return document(status, 'Error', [`<Code>${xml(code)}</Code><Message>${xml(message)}</Message>`]);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '0' }, bucket: { type: 'string' } },
  });
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  const double = await startS3Double({
    port: Number(values.port),
    ...(values.bucket === undefined ? {} : { bucket: values.bucket }),
    ...(accessKeyId === undefined ? {} : { accessKeyId }),
    ...(secretAccessKey === undefined ? {} : { secretAccessKey }),
  });
  console.log(double.endpoint);
}
