import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type _Object as ListedContent,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { S3RequestError, sendOnce } from '../s3/request.ts';
import { ObjectTooLargeError, StoreConfigError, StoreUnavailableError } from './errors.ts';
import { checkKey } from './key.ts';
import { createS3Client } from './s3-client.ts';
import { changeError, putError } from './s3-errors.ts';
import { type PageObject, readContentsOf, unquote } from './s3-listing.ts';
import { listRanges, NotInOrderError, type Page, type PageStart } from './s3-ranges.ts';
import { parseS3Url, type S3Location } from './s3-url.ts';
import {
  type ListedObject,
  type ListHints,
  MAX_OBJECT_BYTES,
  type PutMode,
  type PutResult,
  type Store,
  type StoredObject,
} from './store.ts';

/** Settings of an S3 store; each has a default. */
export interface S3StoreOptions {
  /** How long one request may take, from its start to the last byte of its answer, in milliseconds. */
  readonly requestTimeoutMs?: number;
  /** How long it may take until a request has a connection, in milliseconds. */
  readonly connectTimeoutMs?: number;
  /** The most connections at once. */
  readonly maxSockets?: number;
  /** How often a get, or one page of a list, is sent at most. Writes are sent once. */
  readonly readAttempts?: number;
  /** Resolves after so many milliseconds. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** At least 0, less than 1. */
  readonly random?: () => number;
}

/** The wait before the first repetition of a read, in milliseconds; it doubles with each one. */
const BACKOFF_MS = 100;

/**
 * Opens a store in an S3 bucket, at a URL as {@link parseS3Url} reads it. Does no network I/O:
 * whether the bucket is there shows in the first call. Credentials come from the SDK's default chain.
 *
 * S3's etag is a hash of the content: two equal bodies under one key share it.
 *
 * @throws {StoreConfigError} if the URL is wrong or no region is known.
 */
export async function openS3Store(url: string, options: S3StoreOptions = {}): Promise<Store> {
  const settings: Required<S3StoreOptions> = {
    requestTimeoutMs: 20_000,
    connectTimeoutMs: 3_000,
    maxSockets: 256,
    readAttempts: 3,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
    ...options,
  };
  const location = parseS3Url(url);
  return new S3Store(location, await createS3Client(location, settings), settings);
}

/** What the SDK takes with each call. */
type Send<T> = (client: S3Client, options: { abortSignal: AbortSignal }) => Promise<T>;

type Command = GetObjectCommand | PutObjectCommand | DeleteObjectCommand | ListObjectsV2Command;

class S3Store implements Store {
  readonly url: string;
  readonly rootUri: string;
  readonly exclusive = false;
  readonly #location: S3Location;
  readonly #client: S3Client;
  readonly #settings: Required<S3StoreOptions>;
  #closed = false;
  #bareIfMatch: boolean;
  /** Until the server has shown otherwise. */
  #listsInOrder = true;

  constructor(location: S3Location, client: S3Client, settings: Required<S3StoreOptions>) {
    this.url = location.url;
    this.rootUri = location.rootUri;
    this.#location = location;
    this.#client = client;
    this.#settings = settings;
    this.#bareIfMatch = location.ifMatch === 'bare';
  }

  otherEtagForm(): boolean {
    if (this.#location.ifMatch !== undefined || this.#bareIfMatch) return false;
    this.#bareIfMatch = true;
    return true;
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const Key = this.#keyOf(key);
    return this.#read(`get ${this.#nameOf(key)}`, async () => {
      const command = new GetObjectCommand({ Bucket: this.#location.bucket, Key });
      try {
        const found = await this.#request(command, async (client, options) => {
          const answer = await client.send(command, options);
          const { ContentLength: size = 0, ETag } = answer;
          if (size > MAX_OBJECT_BYTES) {
            (answer.Body as Readable | undefined)?.destroy();
            return { size, etag: unquote(ETag ?? '') };
          }
          const body = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
          if (answer.ETag === undefined) throw new Error('the answer has no ETag');
          if (answer.ContentLength !== undefined && answer.ContentLength !== body.byteLength) {
            throw new Error(
              `the body was cut at ${body.byteLength} of ${answer.ContentLength} bytes`,
            );
          }
          return { body, etag: unquote(answer.ETag) };
        });
        if (found.body !== undefined) return found;
        throw new ObjectTooLargeError(this.#nameOf(key), found.size, found.etag);
      } catch (error) {
        // A 404 with another code is not about the key: the bucket is gone, or a proxy answers.
        if (error instanceof S3RequestError && error.failure.code === 'NoSuchKey') return undefined;
        throw error;
      }
    });
  }

  async put(key: string, body: Uint8Array, mode: PutMode): Promise<PutResult> {
    const command = new PutObjectCommand({
      Bucket: this.#location.bucket,
      Key: this.#keyOf(key),
      Body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
      ...(mode.kind === 'create' ? { IfNoneMatch: '*' } : {}),
      ...(mode.kind === 'replace' ? { IfMatch: this.#ifMatch(mode.etag) } : {}),
    });
    try {
      return await this.#request(command, async (client, options) => {
        const { ETag } = await client.send(command, options);
        if (ETag === undefined) throw new Error('the answer has no ETag');
        return { etag: unquote(ETag) };
      });
    } catch (error) {
      throw error instanceof S3RequestError
        ? putError(`put ${this.#nameOf(key)}`, mode, error.failure)
        : error;
    }
  }

  async *list(prefix: string, hints?: ListHints): AsyncGenerator<readonly ListedObject[]> {
    this.#checkOpen();
    const what = `list ${this.rootUri}/${prefix}`;
    const readPage = (start: PageStart) => this.#listPage(what, prefix, start);
    if (hints !== undefined && hints.cuts.length > 0 && this.#listsInOrder) {
      let shown = false;
      try {
        for await (const objects of listRanges(readPage, hints.cuts, hints.atOnce)) {
          shown = true;
          yield objects;
        }
        return;
      } catch (error) {
        if (error instanceof NotInOrderError) {
          this.#listsInOrder = false;
          if (shown) throw new StoreUnavailableError(`${what}: ${error.message}`);
        } else if (shown || this.#closed) throw error;
        // From the beginning, in one piece: a server may refuse to begin behind a key, too.
      }
    }
    let token: string | undefined;
    do {
      this.#checkOpen();
      const page = await readPage({ token });
      yield page.objects;
      ({ token } = page);
    } while (token !== undefined);
  }

  async delete(key: string): Promise<void> {
    const command = new DeleteObjectCommand({
      Bucket: this.#location.bucket,
      Key: this.#keyOf(key),
    });
    try {
      await this.#request(command, (client, options) => client.send(command, options));
    } catch (error) {
      if (!(error instanceof S3RequestError)) throw error;
      if (error.failure.code === 'NoSuchKey') return;
      throw changeError(`delete ${this.#nameOf(key)}`, error.failure);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#client.destroy();
  }

  async #listPage(what: string, prefix: string, { after, token }: PageStart): Promise<Page> {
    const root = this.#location.prefix;
    const { page, found } = await this.#read(what, async () => {
      const command = new ListObjectsV2Command({
        Bucket: this.#location.bucket,
        Prefix: root + prefix,
        // Keys may hold characters which XML 1.0 cannot.
        EncodingType: 'url',
        ...(after === undefined ? {} : { StartAfter: root + after }),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const contents = readContentsOf(command);
      const page = await this.#request(command, (client, options) => client.send(command, options));
      return { page, found: contents.objects ?? (page.Contents ?? []).map(pageObject) };
    });
    const { IsTruncated: more, NextContinuationToken: next, EncodingType: encoding } = page;
    // Any other document, as of a proxy or a web page, must not pass for an empty listing.
    if (more === undefined) {
      throw new StoreUnavailableError(`${what}: the answer is not a listing`);
    }
    if (more && (!next || next === token)) {
      throw new StoreUnavailableError(`${what}: the page is cut and does not say how to go on`);
    }
    const objects: ListedObject[] = [];
    for (const { key: encoded, etag, sizeBytes, modifiedMs } of found) {
      const key = (encoding === 'url' ? decodeKey(what, encoded) : encoded).slice(root.length);
      if (key !== '') objects.push({ key, etag, sizeBytes, modifiedMs });
    }
    return { objects, token: more ? next : undefined };
  }

  /** Sends one request, once. */
  async #request<C extends Command, T>(command: C, send: Send<T>): Promise<T> {
    this.#checkOpen();
    const { requestTimeoutMs } = this.#settings;
    return sendOnce(command, (_, options) => send(this.#client, options), requestTimeoutMs);
  }

  /** Runs a read, and again after a passing fault, a few times. */
  async #read<T>(what: string, read: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof S3RequestError)) throw error;
        if (attempt >= this.#settings.readAttempts || !error.passing) {
          throw new StoreUnavailableError(`${what}: ${error.failure.text}`);
        }
        await this.#settings.sleep(this.#settings.random() * BACKOFF_MS * 2 ** attempt);
      }
    }
  }

  #keyOf(key: string): string {
    checkKey(key);
    this.#checkOpen();
    return this.#location.prefix + key;
  }

  #nameOf(key: string): string {
    return `${this.rootUri}/${key}`;
  }

  #ifMatch(etag: string): string {
    return this.#bareIfMatch ? etag : `"${etag}"`;
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreUnavailableError(`the store ${this.rootUri} is closed`);
  }
}

/** What the SDK has read of an object. */
function pageObject({ Key = '', ETag = '', Size = 0, LastModified }: ListedContent): PageObject {
  return { key: Key, etag: unquote(ETag), sizeBytes: Size, modifiedMs: LastModified?.getTime() };
}

/**
 * Undoes `encoding-type=url`; AWS writes a space as `+` there.
 *
 * @throws {StoreConfigError} if the key is no text: passed over, it would count as not there.
 */
function decodeKey(what: string, key: string): string {
  if (!/[%+]/.test(key)) return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw new StoreConfigError(
      `${what}: the key ${JSON.stringify(key)} is not percent-encoded UTF-8; a store can hold no other keys, so take the object away`,
    );
  }
}
