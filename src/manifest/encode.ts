import { parquetWriteBuffer } from 'hyparquet-writer';
import { asciiBytes } from './ascii.ts';
import { findFault } from './check.ts';
import type { ManifestFile } from './manifest.ts';
import {
  COLUMNS,
  COLUMNS_1,
  type Column,
  FORMAT_VERSION,
  flattenSchema,
  MAX_FILE_BYTES,
  MIN_READER,
} from './schema.ts';
import { SEAL_KEY, seal, UNSEALED } from './seal.ts';

/** How a file of one format version is laid out. */
interface Layout {
  readonly columns: readonly Column[];
  readonly schema: ReturnType<typeof flattenSchema>;
  /** Written into `min_writer`: the lowest format version whose writers may rewrite the file. */
  readonly minWriter: number;
}

const FORMAT_1: Layout = { columns: COLUMNS_1, schema: flattenSchema(COLUMNS_1), minWriter: 1 };
const LATEST: Layout = {
  columns: COLUMNS,
  schema: flattenSchema(COLUMNS),
  minWriter: FORMAT_VERSION,
};

/**
 * Encodes a manifest file: Parquet, one row, sealed. The same content gives the same bytes. In the
 * oldest format that holds it, so that older replicas beside this one may go on writing what they
 * understand.
 *
 * @throws {RangeError} if the content breaks a rule without which it could not be read again: an
 * int64 out of range, a negative size, a lone surrogate, a key that occurs twice, recent writes
 * that do not lead up to the manifest's version, or more than {@link MAX_FILE_BYTES}.
 */
export function encodeManifest(file: ManifestFile): Uint8Array {
  const fault = findFault(file);
  if (fault !== undefined) throw new RangeError(`the manifest cannot be written: ${fault}`);
  const { schema, formerFingerprints } = file.manifest;
  const { columns, ...layout } =
    schema === undefined && formerFingerprints === undefined ? FORMAT_1 : LATEST;
  const row = toRow(file, layout.minWriter);
  const bytes = new Uint8Array(
    parquetWriteBuffer({
      schema: layout.schema,
      // The writer goes by position, not by name: the order of the schema is a must.
      columnData: columns.map(({ element: { name } }) => ({ name, data: [row[name]] })),
      statistics: false,
      createdBy: 'catalogd',
      kvMetadata: [{ key: SEAL_KEY, value: UNSEALED }],
    }),
  );
  if (bytes.length > MAX_FILE_BYTES) {
    throw new RangeError(
      `the manifest cannot be written: it has ${bytes.length} bytes, more than ${MAX_FILE_BYTES}`,
    );
  }
  seal(bytes);
  return bytes;
}

function toRow({ manifest, writeId, recentWrites, deletedAt }: ManifestFile, minWriter: number) {
  const keys = asciiBytes(manifest.objects.map(({ key }) => key));
  const etags = asciiBytes(manifest.objects.map(({ etag }) => etag));
  const row: Record<string, unknown> = {
    dataset_id: manifest.datasetId,
    name: manifest.name,
    schema_fingerprint: manifest.schemaFingerprint,
    objects: manifest.objects.map((object, i) => ({
      key: keys[i],
      size_bytes: object.sizeBytes,
      etag: etags[i],
      row_count: object.rowCount,
    })),
    created_at: manifest.createdAt,
    updated_at: manifest.updatedAt,
    row_count: manifest.rowCount,
    version: manifest.version,
    write_id: writeId,
    recent_writes: recentWrites.map((write) => ({
      version: write.version,
      write_id: write.writeId,
      request_id: write.requestId,
      method: write.method,
      existing: write.existing,
      call_hash: write.callHash,
    })),
    deleted_at: deletedAt,
    labels: manifest.labels,
    min_reader: MIN_READER,
    min_writer: minWriter,
    schema: manifest.schema,
    former_fingerprints: manifest.formerFingerprints?.map((former) => ({
      schema_fingerprint: former.schemaFingerprint,
      replaced_in_version: former.replacedInVersion,
      replaced_at: former.replacedAt,
    })),
  };
  return row;
}
