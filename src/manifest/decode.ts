import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { findFault } from './check.ts';
import { CorruptManifestError, NewerManifestError } from './errors.ts';
import { fromRow } from './from-row.ts';
import type { DecodedManifestFile } from './manifest.ts';
import { project } from './projection.ts';
import { COLUMNS, FORMAT_VERSION, MAX_FILE_BYTES } from './schema.ts';
import { verifySeal } from './seal.ts';

/** hyparquet's own parsers would cut microseconds, strip a leading BOM and let bad UTF-8 pass. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const PARSERS = {
  stringFromBytes: (bytes: Uint8Array) => bytes && utf8.decode(bytes),
  timestampFromMicroseconds: (micros: bigint) => micros,
};

/** The columns whose meaning no version may change: they say whether the others can be read. */
const FORMAT_COLUMNS = COLUMNS.filter(({ element: { name } }) =>
  ['min_reader', 'min_writer'].includes(name),
);

/**
 * Decodes a manifest file. Its seal is verified before anything is parsed. That the name inside
 * belongs to the file's key is for the caller to check.
 *
 * @param body the whole file; not kept, and may change after the call.
 * @throws {CorruptManifestError} if it is damaged, or no manifest; the message says where.
 * @throws {NewerManifestError} if it says that only a newer catalogd can read it.
 */
export async function decodeManifest(body: Uint8Array): Promise<DecodedManifestFile> {
  if (body.byteLength > MAX_FILE_BYTES) {
    throw new CorruptManifestError(
      `the file has ${body.byteLength} bytes, more than ${MAX_FILE_BYTES}`,
    );
  }
  // A copy: hyparquet wants a buffer of exactly the file, which a pooled Buffer's is not, and what
  // was verified must be what is parsed, even if the caller reuses the body meanwhile.
  const bytes = new Uint8Array(body);
  verifySeal(bytes);
  try {
    return await parse(bytes);
  } catch (error) {
    if (error instanceof CorruptManifestError || error instanceof NewerManifestError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CorruptManifestError(`not a Parquet file of manifests: ${reason}`, { cause: error });
  }
}

async function parse(bytes: Uint8Array<ArrayBuffer>): Promise<DecodedManifestFile> {
  const metadata = parquetMetadata(bytes, { geoparquet: false });
  const format = await readFirstRow(bytes, project(metadata, FORMAT_COLUMNS).metadata);
  const minReader = formatVersion(format, 'min_reader');
  const minWriter = formatVersion(format, 'min_writer');
  if (minReader > FORMAT_VERSION) {
    throw new NewerManifestError(
      `the file needs a catalogd that reads format ${minReader}; this one reads up to ${FORMAT_VERSION}: upgrade it`,
    );
  }
  if (metadata.num_rows !== 1n || metadata.row_groups.length !== 1) {
    throw new CorruptManifestError(
      `the file has ${metadata.num_rows} rows in ${metadata.row_groups.length} groups, it must have one`,
    );
  }
  const { metadata: known, unknown } = project(metadata, COLUMNS);
  const file = fromRow(await readFirstRow(bytes, known));
  const fault = findFault(file);
  if (fault !== undefined) throw new CorruptManifestError(fault);
  return { ...file, readOnly: minWriter > FORMAT_VERSION || unknown.length > 0 };
}

async function readFirstRow(
  bytes: Uint8Array<ArrayBuffer>,
  metadata: FileMetaData,
): Promise<Record<string, unknown>> {
  const [row] = await parquetReadObjects({
    file: bytes.buffer,
    metadata,
    parsers: PARSERS,
    geoparquet: false,
    rowEnd: 1,
  });
  if (row === undefined) throw new CorruptManifestError('the file has no row, it must have one');
  return row;
}

function formatVersion(row: Record<string, unknown>, column: string): number {
  const value = row[column];
  if (typeof value !== 'number' || value < 1) {
    throw new CorruptManifestError(`${column} is ${value}, it must be 1 or more`);
  }
  return value;
}
