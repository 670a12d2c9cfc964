import type { S3Address } from '../s3/address.ts';
import type { S3Object, S3Reader } from '../s3/reader.ts';
import { S3RequestError } from '../s3/request.ts';
import { inByteOrder } from './byte-order.ts';
import type { DataFile, OpenFile } from './data-file.ts';
import { DatasetFileError, DatasetUnavailableError, FileProblem } from './errors.ts';
import { isDataFile, isVisible } from './visible.ts';

/**
 * The objects which a place in S3 stands for: the object of this very key, else all data files below
 * the key taken as a folder, in byte order of their keys. Nothing in it is a pattern.
 *
 * @param maxFiles the listing ends with an error above it.
 * @throws {DatasetFileError} if nothing is found or the bucket may not be listed.
 * @throws {DatasetUnavailableError} if the server cannot be reached.
 */
export async function s3Files(
  { bucket, path }: S3Address,
  reader: S3Reader,
  maxFiles: number,
): Promise<readonly DataFile[]> {
  const name = `s3://${bucket}/${path}`;
  const exact =
    path !== '' && !path.endsWith('/') ? await objectOf(bucket, path, reader) : undefined;
  if (exact !== undefined) return [s3File(bucket, exact, reader)];
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
  const found: S3Object[] = [];
  await asking(name, async () => {
    for await (const object of reader.list(bucket, prefix)) {
      if (!isData(object.key.slice(prefix.length))) continue;
      found.push(object);
      if (found.length > maxFiles) {
        throw new DatasetFileError(
          name,
          `has more than ${maxFiles} files; a dataset has at most as many`,
        );
      }
    }
  });
  if (found.length === 0) {
    throw new DatasetFileError(
      name,
      'is no object, and there is no *.parquet object below it, hidden ones and those below _ folders left aside; patterns are not for S3',
    );
  }
  return inByteOrder(found, ({ key }) => key).map((object) => s3File(bucket, object, reader));
}

/** A key comes first in the listing of itself as a prefix; this also needs no right but to list. */
async function objectOf(bucket: string, key: string, reader: S3Reader) {
  return asking(`s3://${bucket}/${key}`, async () => {
    for await (const object of reader.list(bucket, key, 1)) {
      if (object.key === key) return object;
    }
    return undefined;
  });
}

function isData(below: string): boolean {
  const names = below.split('/');
  return names.slice(0, -1).every(isVisible) && isDataFile(names.at(-1) ?? '');
}

function s3File(bucket: string, { key, size }: S3Object, reader: S3Reader): DataFile {
  const uri = `s3://${bucket}/${key}`;
  return {
    name: uri,
    uri,
    open: async () => new OpenObject(uri, bucket, key, size, reader),
  };
}

class OpenObject implements OpenFile {
  readonly sizeBytes: number;
  etag: string | undefined;
  readonly #uri: string;
  readonly #bucket: string;
  readonly #key: string;
  readonly #reader: S3Reader;

  constructor(uri: string, bucket: string, key: string, size: number, reader: S3Reader) {
    this.#uri = uri;
    this.#bucket = bucket;
    this.#key = key;
    this.sizeBytes = size;
    this.#reader = reader;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const { body, etag } = await asking(this.#uri, () =>
      this.#reader.read(this.#bucket, this.#key, position, length, this.sizeBytes),
    );
    if (this.etag !== undefined && this.etag !== etag) throw new FileProblem(CHANGED);
    // A server without etags must not pass for one with an empty one.
    if (etag !== '') this.etag = etag;
    return body;
  }

  async close(): Promise<void> {}
}

const CHANGED = 'was changed while it was read; run the command again';

async function asking<T>(name: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof S3RequestError)) throw cause;
    const { code } = cause.failure;
    if (code === 'NoSuchKey' || code === 'InvalidRange' || code === 'ObjectChanged') {
      throw new DatasetFileError(name, CHANGED, { cause });
    }
    const Failure = cause.passing ? DatasetUnavailableError : DatasetFileError;
    throw new Failure(name, `cannot be read: ${cause.message}`, { cause });
  }
}
