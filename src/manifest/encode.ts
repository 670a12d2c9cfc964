import { parquetWriteBuffer } from 'hyparquet-writer';
import { findFault } from './check.ts';
import type { ManifestFile } from './manifest.ts';
import { COLUMNS, flattenSchema, MAX_FILE_BYTES, MIN_READER, MIN_WRITER } from './schema.ts';
import { SEAL_KEY, seal, UNSEALED } from './seal.ts';

const SCHEMA = flattenSchema(COLUMNS);

/**
 * Encodes a manifest file: Parquet, one row, sealed. The same content gives the same bytes.
 *
 * @throws {RangeError} if the content breaks a rule without which it could not be read again: an
 * int64 out of range, a negative size, a lone surrogate, a key that occurs twice, recent writes
 * that do not lead up to the manifest's version, or more than {@link MAX_FILE_BYTES}.
 */
export function encodeManifest(file: ManifestFile): Uint8Array {
  const fault = findFault(file);
  if (fault !== undefined) throw new RangeError(`the manifest cannot be written: ${fault}`);
  const row = toRow(file);
  const bytes = new Uint8Array(
    parquetWriteBuffer({
      schema: SCHEMA,
      // The writer goes by position, not by name: the order of the schema is a must.
      columnData: COLUMNS.map(({ element: { name } }) => ({ name, data: [row[name]] })),
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

function toRow({ manifest, writeId, recentWrites, deletedAt }: ManifestFile) {
  const row: Record<string, unknown> = {
    dataset_id: manifest.datasetId,
    name: manifest.name,
    schema_fingerprint: manifest.schemaFingerprint,
    objects: manifest.objects.map((object) => ({
      key: object.key,
      size_bytes: object.sizeBytes,
      etag: object.etag,
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
    min_writer: MIN_WRITER,
  };
  return row;
}
