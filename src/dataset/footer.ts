import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { SchemaElement } from 'hyparquet';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { DatasetFileError } from './errors.ts';
import { schemaFingerprint } from './fingerprint.ts';
import { schemaElement, type ThriftStruct } from './footer-schema.ts';

/** What the footer of a Parquet file says. */
export interface ParquetFooter {
  /** Size of the whole file. */
  readonly sizeBytes: bigint;
  /** Sum over the row groups: what a reader of the file gets. 0 or more. */
  readonly rowCount: bigint;
  /** Depth first, the root first, as in the file. */
  readonly schema: readonly SchemaElement[];
  readonly schemaFingerprint: string;
}

/** How much of a file's end is read at first: nearly always more than its footer. */
export const TAIL_BYTES = 64 * 1024;

/** The longest footer read unless told otherwise. */
export const MAX_FOOTER_BYTES = 64 * 1024 * 1024;

/** The end of every Parquet file: length of the footer (uint32, little endian) and magic number. */
const TRAILER_BYTES = 8;
const MAGIC_BYTES = 4;

/**
 * Reads the footer of a local Parquet file: its last 64 KiB, and more only where the footer is
 * longer. The rest of the file is neither read nor checked.
 *
 * @throws {DatasetFileError} if there is no such regular file, it cannot be read, is empty, not
 *   Parquet, truncated, has an encrypted, damaged or overlong footer, or a schema against the rules.
 */
export async function readParquetFooter(
  path: string,
  options: { readonly maxFooterBytes?: number } = {},
): Promise<ParquetFooter> {
  // Non-blocking, or opening a named pipe would wait for a writer.
  const file = await named(path, () => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    return await named(path, async () => {
      const stat = await file.stat();
      if (!stat.isFile()) throw new Problem('is not a regular file');
      const footer = await readFooter(file, stat.size, options.maxFooterBytes ?? MAX_FOOTER_BYTES);
      return { sizeBytes: BigInt(stat.size), ...parseFooter(footer) };
    });
  } finally {
    await file.close();
  }
}

/** What is wrong with the file at hand, whose name is put before it on the way out. */
class Problem extends Error {}

async function named<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof Problem)
      throw new DatasetFileError(path, cause.message, { cause: cause.cause });
    const { code, message } = cause as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${message}`;
    throw new DatasetFileError(path, problem, { cause });
  }
}

async function readFooter(file: FileHandle, size: number, maxBytes: number): Promise<Uint8Array> {
  if (size === 0) throw new Problem('is empty (0 bytes)');
  if (size < MAGIC_BYTES + TRAILER_BYTES) {
    throw new Problem(`is not a Parquet file: it has ${size} bytes, the smallest has 12`);
  }
  const tail = await readAt(file, Math.max(0, size - TAIL_BYTES), Math.min(size, TAIL_BYTES));
  const magic = tail.toString('latin1', tail.length - MAGIC_BYTES);
  if (magic === 'PARE') {
    throw new Problem('has an encrypted footer (PARE); its schema cannot be read without the key');
  }
  if (magic !== 'PAR1') throw await notParquet(file, tail.subarray(-MAGIC_BYTES));

  const length = tail.readUInt32LE(tail.length - TRAILER_BYTES);
  const room = size - MAGIC_BYTES - TRAILER_BYTES;
  if (length > room) {
    throw new Problem(
      `is damaged or its beginning is cut off: a footer of ${length} bytes does not fit into the file's ${size}`,
    );
  }
  if (length > maxBytes) {
    throw new Problem(`has a footer of ${length} bytes; at most ${maxBytes} are read`);
  }
  if (length + TRAILER_BYTES <= tail.length) {
    return tail.subarray(tail.length - TRAILER_BYTES - length, tail.length - TRAILER_BYTES);
  }
  return readAt(file, size - TRAILER_BYTES - length, length);
}

async function notParquet(file: FileHandle, end: Buffer): Promise<Problem> {
  const head = (await readAt(file, 0, MAGIC_BYTES)).toString('latin1');
  return head === 'PAR1' || head === 'PARE'
    ? new Problem('is truncated or still being written: it begins as Parquet but does not end so')
    : new Problem(`is not a Parquet file: it ends with the bytes ${end.toString('hex')}, not PAR1`);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new Problem('became shorter while it was read');
    filled += bytesRead;
  }
  return buffer;
}

function parseFooter(bytes: Uint8Array): Omit<ParquetFooter, 'sizeBytes'> {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const metadata: ThriftStruct = deserializeTCompactProtocol({ view, offset: 0 });
    const schema = structs(metadata.field_2, 'schema').map(schemaElement);
    const rowCount = structs(metadata.field_4, 'row groups').reduce(
      (sum, rowGroup) => sum + rowsOf(rowGroup),
      0n,
    );
    return { rowCount, schema, schemaFingerprint: schemaFingerprint(schema) };
  } catch (cause) {
    throw new Problem(`has a damaged footer: ${(cause as Error).message}`, { cause });
  }
}

function structs(value: unknown, what: string): readonly ThriftStruct[] {
  if (!Array.isArray(value)) throw new Error(`it has no list of ${what}`);
  if (value.some((item) => typeof item !== 'object')) {
    throw new Error(`its list of ${what} holds something else`);
  }
  return value;
}

/** `num_rows` of the footer itself is not asked: some writers leave it 0, and readers ignore it. */
function rowsOf(rowGroup: ThriftStruct): bigint {
  const rows = rowGroup.field_3;
  if (typeof rows === 'bigint' && rows >= 0n && rows < 2n ** 63n) return rows;
  throw new Error(`a row group says that it has ${String(rows)} rows`);
}
