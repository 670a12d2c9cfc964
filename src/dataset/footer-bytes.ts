import type { OpenFile } from './data-file.ts';
import { FileProblem } from './errors.ts';

/** How much of a file's end is read at first: nearly always more than its footer. */
export const TAIL_BYTES = 64 * 1024;

/** The longest footer read unless told otherwise. */
export const MAX_FOOTER_BYTES = 64 * 1024 * 1024;

/** The end of every Parquet file: length of the footer (uint32, little endian) and magic number. */
const TRAILER_BYTES = 8;
const MAGIC_BYTES = 4;

/** Where the footer of a file is. */
export interface FooterPlace {
  /** Its length in bytes, checked against the file's size and the limit. */
  readonly length: number;
  /** The footer, if it lies within what has been read. */
  readonly bytes: Uint8Array | undefined;
  /** Bytes of the file read so far. */
  readonly bytesRead: number;
}

/**
 * Finds the footer of a Parquet file (a FileMetaData in Thrift's compact protocol) in its last 64 KiB.
 * The bytes of the footer are not looked at.
 *
 * @throws {FileProblem} if the file is empty, not Parquet, truncated, or has an encrypted or overlong
 *   footer.
 */
export async function findFooter(file: OpenFile, maxBytes: number): Promise<FooterPlace> {
  const size = file.sizeBytes;
  if (size === 0) throw new FileProblem('is empty (0 bytes)');
  if (size < MAGIC_BYTES + TRAILER_BYTES) {
    throw new FileProblem(`is not a Parquet file: it has ${size} bytes, the smallest has 12`);
  }
  const tail = asBuffer(
    await file.read(Math.max(0, size - TAIL_BYTES), Math.min(size, TAIL_BYTES)),
  );
  const magic = tail.toString('latin1', tail.length - MAGIC_BYTES);
  if (magic === 'PARE') {
    throw new FileProblem(
      'has an encrypted footer (PARE); its schema cannot be read without the key',
    );
  }
  if (magic !== 'PAR1') throw await notParquet(file, tail.subarray(-MAGIC_BYTES));

  const length = tail.readUInt32LE(tail.length - TRAILER_BYTES);
  if (length > size - MAGIC_BYTES - TRAILER_BYTES) {
    throw new FileProblem(
      `is damaged or its beginning is cut off: a footer of ${length} bytes does not fit into the file's ${size}`,
    );
  }
  if (length > maxBytes) {
    throw new FileProblem(`has a footer of ${length} bytes; at most ${maxBytes} are read`);
  }
  const start = tail.length - TRAILER_BYTES - length;
  // A copy, so that the rest of the tail can go.
  const bytes = start < 0 ? undefined : Uint8Array.from(tail.subarray(start, start + length));
  return { length, bytes, bytesRead: tail.length };
}

/** Reads a footer that is longer than what {@link findFooter} has read. */
export async function readLongFooter(file: OpenFile, length: number): Promise<Uint8Array> {
  return file.read(file.sizeBytes - TRAILER_BYTES - length, length);
}

async function notParquet(file: OpenFile, end: Buffer): Promise<FileProblem> {
  const head = asBuffer(await file.read(0, MAGIC_BYTES)).toString('latin1');
  return head === 'PAR1' || head === 'PARE'
    ? new FileProblem(
        'is truncated or still being written: it begins as Parquet but does not end so',
      )
    : new FileProblem(
        `is not a Parquet file: it ends with the bytes ${end.toString('hex')}, not PAR1`,
      );
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
