import { stat } from 'node:fs/promises';
import type { DataObject } from '../manifest/manifest.ts';
import type { S3Server } from '../s3/client.ts';
import { S3ConfigError } from '../s3/errors.ts';
import type { S3Reader } from '../s3/reader.ts';
import { S3RequestError } from '../s3/request.ts';
import { withTimeLimit } from '../store/time-limit.ts';
import { placeOf } from './object-place.ts';

/** What looking for one data object has shown. */
export type ObjectState =
  /** It is there, with its size. `etag`: whether that was compared too. */
  | { readonly kind: 'ok'; readonly etag: boolean }
  | {
      readonly kind: 'wrong';
      readonly as: 'OBJECT_MISSING' | 'OBJECT_SIZE' | 'OBJECT_ETAG';
      readonly problem: string;
    }
  /** It could not be looked up, and why: one of few sentences. */
  | { readonly kind: 'not-checkable'; readonly reason: string };

/** Where to look for data objects. */
export interface DataPlaces {
  /** The server of objects in S3; one client is used for each bucket. */
  readonly server: S3Server;
  /** The absolute URI which relative keys are resolved against, if there is one. */
  readonly root: string | undefined;
}

/** The objects of a dataset that are looked up at once. */
export const OBJECTS_AT_ONCE = 8;
/** Connections to one bucket: one for each object of 16 datasets at once. */
const MAX_SOCKETS = 128;
/** Buckets with connections at a time: their names are whatever manifests say. */
const MAX_READERS = 256;
/** How long a file system may take to answer, in milliseconds. */
const STAT_LIMIT_MS = 30_000;

/** Asks the stores that hold data objects whether these are there as the manifest says. */
export class ObjectChecker {
  readonly #places: DataPlaces;
  readonly #readers = new Map<string, Promise<S3Reader>>();

  constructor(places: DataPlaces) {
    this.#places = places;
  }

  /** Looks for one object. Never fails: what keeps it from looking is an answer. */
  async check(object: DataObject): Promise<ObjectState> {
    const place = placeOf(object.key, this.#places.root);
    switch (place.kind) {
      case 's3':
        return this.#checkS3(place.bucket, place.key, object);
      case 'file':
        return checkFile(place.path, object);
      case 'nowhere':
        return notCheckable(place.reason);
    }
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    for (const opening of await Promise.allSettled(this.#readers.values())) {
      if (opening.status === 'fulfilled') opening.value.close();
    }
  }

  async #checkS3(bucket: string, key: string, object: DataObject): Promise<ObjectState> {
    try {
      const reader = await this.#reader(bucket);
      const found = await reader.look(bucket, key);
      return found === undefined ? missing(object) : compared(object, found);
    } catch (error) {
      if (error instanceof S3ConfigError) return notCheckable('no region is known for its bucket');
      if (!(error instanceof S3RequestError)) throw error;
      const { status, code } = error.failure;
      return notCheckable(status === undefined ? `S3 fails with ${code}` : `S3 answers ${status}`);
    }
  }

  #reader(bucket: string): Promise<S3Reader> {
    const reader = this.#readers.get(bucket) ?? open(bucket, this.#places.server);
    // A bucket that is asked for moves to the end, so that the first is the one longest unused.
    this.#readers.delete(bucket);
    this.#readers.set(bucket, reader);
    const [oldest] = this.#readers;
    if (oldest !== undefined && this.#readers.size > MAX_READERS) {
      this.#readers.delete(oldest[0]);
      // Far more are kept than are asked at once: nothing of it is under way.
      void oldest[1].then(
        (opened) => opened.close(),
        () => {},
      );
    }
    return reader;
  }
}

async function open(bucket: string, server: S3Server): Promise<S3Reader> {
  // The SDK takes a quarter of a second to load, so only who needs it waits for it.
  const { openS3Reader } = await import('../s3/reader.ts');
  return openS3Reader(server, `s3://${bucket}`, { maxSockets: MAX_SOCKETS });
}

async function checkFile(path: string, object: DataObject): Promise<ObjectState> {
  try {
    const late = () => Object.assign(new Error('too slow'), { code: 'ETIMEDOUT' });
    const found = await withTimeLimit(stat(path, { bigint: true }), STAT_LIMIT_MS, late);
    return found.isFile() ? compared(object, { size: found.size }) : missing(object);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return missing(object);
    return notCheckable(`the file system fails with ${code}`);
  }
}

function compared(object: DataObject, found: { size: bigint; etag?: string }): ObjectState {
  if (found.size !== object.sizeBytes) {
    const problem = `${quote(object.key)} has ${found.size} bytes, not ${object.sizeBytes}`;
    return { kind: 'wrong', as: 'OBJECT_SIZE', problem };
  }
  if (object.etag === undefined || found.etag === undefined) return { kind: 'ok', etag: false };
  const [is, was] = [unquoted(found.etag), unquoted(object.etag)];
  if (is === was) return { kind: 'ok', etag: true };
  const problem = `${quote(object.key)} has etag ${quote(is)}, not ${quote(was)}`;
  return { kind: 'wrong', as: 'OBJECT_ETAG', problem };
}

function missing({ key }: DataObject): ObjectState {
  return { kind: 'wrong', as: 'OBJECT_MISSING', problem: `${quote(key)} is not there` };
}

function notCheckable(reason: string): ObjectState {
  return { kind: 'not-checkable', reason };
}

/** Some servers, and some callers, leave the quotes out. */
function unquoted(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}

function quote(text: string): string {
  return JSON.stringify(text);
}
