import { CorruptManifestError } from './errors.ts';
import type { DataObject, FormerFingerprint, ManifestFile, RecentWrite } from './manifest.ts';
import { MAP_ENTRIES } from './schema.ts';

type Row = Record<string, unknown>;

/**
 * Builds a manifest file from the row that hyparquet read. The schema has been compared already;
 * a value may still be missing or of a wrong kind if the pages do not keep to it.
 *
 * @throws {CorruptManifestError} naming the column.
 */
export function fromRow(row: Row): ManifestFile {
  const rowCount = optional(row, 'row_count', int64);
  const deletedAt = optional(row, 'deleted_at', int64);
  const schema = optional(row, 'schema', text);
  const formerFingerprints = optional(row, 'former_fingerprints', rows)?.map(toFormer);
  return {
    manifest: {
      datasetId: text(row, 'dataset_id'),
      name: text(row, 'name'),
      schemaFingerprint: text(row, 'schema_fingerprint'),
      objects: rows(row, 'objects').map(toObject),
      createdAt: int64(row, 'created_at'),
      updatedAt: int64(row, 'updated_at'),
      ...(rowCount !== undefined && { rowCount }),
      version: int64(row, 'version'),
      labels: toLabels(rows(struct(row, 'labels'), MAP_ENTRIES)),
      ...(schema !== undefined && { schema }),
      ...(formerFingerprints !== undefined && { formerFingerprints }),
    },
    writeId: text(row, 'write_id'),
    recentWrites: rows(row, 'recent_writes').map(toRecentWrite),
    ...(deletedAt !== undefined && { deletedAt }),
  };
}

function toObject(row: Row): DataObject {
  const etag = optional(row, 'etag', text);
  const rowCount = optional(row, 'row_count', int64);
  return {
    key: text(row, 'key'),
    sizeBytes: int64(row, 'size_bytes'),
    ...(etag !== undefined && { etag }),
    ...(rowCount !== undefined && { rowCount }),
  };
}

function toRecentWrite(row: Row): RecentWrite {
  return {
    version: int64(row, 'version'),
    writeId: text(row, 'write_id'),
    requestId: text(row, 'request_id'),
    method: text(row, 'method'),
    existing: boolean(row, 'existing'),
    callHash: text(row, 'call_hash'),
  };
}

function toFormer(row: Row): FormerFingerprint {
  return {
    schemaFingerprint: text(row, 'schema_fingerprint'),
    replacedInVersion: int64(row, 'replaced_in_version'),
    replacedAt: int64(row, 'replaced_at'),
  };
}

function toLabels(entries: readonly Row[]): Map<string, string> {
  const labels = new Map(entries.map((entry) => [text(entry, 'key'), text(entry, 'value')]));
  if (labels.size !== entries.length) throw new CorruptManifestError('labels has a key twice');
  return labels;
}

function optional<T>(row: Row, column: string, read: (row: Row, column: string) => T) {
  return row[column] === undefined || row[column] === null ? undefined : read(row, column);
}

function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : refuse(column, value, 'a string');
}

function int64(row: Row, column: string): bigint {
  const value = row[column];
  return typeof value === 'bigint' ? value : refuse(column, value, 'an int64');
}

function boolean(row: Row, column: string): boolean {
  const value = row[column];
  return typeof value === 'boolean' ? value : refuse(column, value, 'a boolean');
}

function struct(row: Row, column: string): Row {
  const value = row[column];
  return isRow(value) ? value : refuse(column, value, 'a struct');
}

function rows(row: Row, column: string): Row[] {
  const value = row[column];
  return Array.isArray(value) && value.every(isRow) ? value : refuse(column, value, 'a list');
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(column: string, value: unknown, expected: string): never {
  throw new CorruptManifestError(
    `${column} is ${value === null ? 'null' : typeof value}, it must be ${expected}`,
  );
}
