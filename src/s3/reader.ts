import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createS3Client, type S3Server } from './client.ts';
import { type ReadPolicy, S3RequestError, sendRead } from './request.ts';

/** One object of a listing. */
export interface S3Object {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
}

/** What a server says of an object without its content. */
export interface S3Head {
  /** In bytes. */
  readonly size: bigint;
  /** Without quotes; absent where the server has none. */
  readonly etag?: string;
}

/** A part of an object. */
export interface S3Part {
  readonly body: Uint8Array;
  /** Of the whole object, without quotes. */
  readonly etag: string;
}

/** Settings of a reader; each has a default. */
export interface S3ReaderOptions extends Partial<ReadPolicy> {
  /** The most connections at once. */
  readonly maxSockets?: number;
}

const DEFAULTS: ReadPolicy = {
  requestTimeoutMs: 20_000,
  attempts: 4,
  backoffMs: 100,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

/**
 * Opens a server's buckets for reading. Credentials come from the SDK's default chain. Does no
 * network I/O.
 *
 * @param url what the server is wanted for, to be named in an error.
 * @throws {S3ConfigError} if no region is known.
 */
export async function openS3Reader(
  server: S3Server,
  url: string,
  options: S3ReaderOptions = {},
): Promise<S3Reader> {
  const { maxSockets = 64, ...given } = options;
  const policy = { ...DEFAULTS, ...given };
  const { requestTimeoutMs } = policy;
  const limits = { requestTimeoutMs, connectTimeoutMs: 3_000, maxSockets };
  return new S3Reader(await createS3Client(server, url, limits), policy);
}

/** Reads buckets of one server; passing faults are met by repetition, within bounds. */
export class S3Reader {
  readonly #client: S3Client;
  readonly #policy: ReadPolicy;

  constructor(client: S3Client, policy: ReadPolicy) {
    this.#client = client;
    this.#policy = policy;
  }

  /**
   * Lists the objects whose keys begin with the prefix; in byte order of the keys, but for S3's
   * directory buckets.
   *
   * @param limit at most so many, 1 or more.
   * @throws {S3RequestError}
   */
  async *list(bucket: string, prefix: string, limit = Number.POSITIVE_INFINITY) {
    let left = limit;
    for (let token: string | undefined, more = true; more && left > 0; ) {
      const page = await sendRead(
        () =>
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            // Keys may hold characters which XML 1.0 cannot.
            EncodingType: 'url',
            ...(left < 1000 ? { MaxKeys: left } : {}),
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        (command, options) => this.#client.send(command, options),
        this.#policy,
      );
      // Any other document, as of a proxy or a web page, must not pass for an empty listing.
      if (page.IsTruncated === undefined) throw unusable('the answer is not a listing');
      const decode = page.EncodingType === 'url' ? decodeKey : (key: string) => key;
      for (const { Key = '', Size = 0 } of page.Contents ?? []) {
        if (left-- <= 0) return;
        yield { key: decode(Key), size: Size } satisfies S3Object;
      }
      more = page.IsTruncated;
      if (more && (!page.NextContinuationToken || page.NextContinuationToken === token)) {
        throw unusable('a page of the listing is cut and does not say how to go on');
      }
      token = page.NextContinuationToken;
    }
  }

  /**
   * Reads a part of an object.
   *
   * @param position of the first byte, 0 or more.
   * @param length 1 or more; all of it has to be there.
   * @param size that of the whole object, as it was listed.
   * @throws {S3RequestError} with the code `ObjectChanged` if the object has another size by now.
   */
  async read(
    bucket: string,
    key: string,
    position: number,
    length: number,
    size: number,
  ): Promise<S3Part> {
    const Range = `bytes=${position}-${position + length - 1}`;
    return sendRead(
      () => new GetObjectCommand({ Bucket: bucket, Key: key, Range }),
      async (command, options) => {
        const { Body, ContentRange, ETag } = await this.#client.send(command, options);
        const expected = `bytes ${position}-${position + length - 1}/${size}`;
        if (ContentRange !== expected) {
          // Not read on: a server that ignores ranges sends the whole object, however long.
          await Body?.transformToWebStream().cancel();
          throw ContentRange === undefined
            ? unusable(`the server ignores ranges: asked for ${Range}, it sends everything`)
            : unusable(`got ${ContentRange}, expected ${expected}`, 'ObjectChanged');
        }
        const body = (await Body?.transformToByteArray()) ?? new Uint8Array();
        if (body.length !== length) {
          throw new Error(`the answer was cut at ${body.length} of ${length} bytes`);
        }
        return { body, etag: (ETag ?? '').replace(/^"(.*)"$/, '$1') };
      },
      this.#policy,
    );
  }

  /**
   * Asks for an object's size and etag.
   *
   * @returns `undefined` if there is no such object, or no such bucket: a HEAD does not tell.
   * @throws {S3RequestError}
   */
  async look(bucket: string, key: string): Promise<S3Head | undefined> {
    try {
      return await sendRead(
        () => new HeadObjectCommand({ Bucket: bucket, Key: key }),
        async (command, options) => {
          const { ContentLength, ETag } = await this.#client.send(command, options);
          if (ContentLength === undefined) throw unusable('the answer has no length');
          const etag = ETag?.replace(/^"(.*)"$/, '$1');
          return { size: BigInt(ContentLength), ...(etag && { etag }) };
        },
        this.#policy,
      );
    } catch (error) {
      if (error instanceof S3RequestError && error.failure.status === 404) return undefined;
      throw error;
    }
  }

  /** Closes all connections. */
  close(): void {
    this.#client.destroy();
  }
}

/** An answer that came whole and is of no use; to ask again would not help. */
function unusable(text: string, code = 'UnusableAnswer'): S3RequestError {
  return new S3RequestError({ status: undefined, code, stage: 'local', text });
}

/**
 * Undoes `encoding-type=url`; AWS writes a space as `+` there.
 *
 * @throws {S3RequestError} if the key is no text.
 */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw unusable(`the key ${JSON.stringify(key)} is not percent-encoded UTF-8`);
  }
}
