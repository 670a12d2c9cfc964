import { compareUtf8 } from '../catalog/text.ts';
import type {
  DataObject,
  FormerFingerprint,
  ManifestFile,
  Micros,
  RecentWrite,
} from '../manifest/manifest.ts';
import {
  asBoolean,
  asInt64,
  asText,
  asTextMap,
  asTime,
  FieldError,
  fieldsOf,
  listOf,
  optional,
  type Read,
  required,
} from './json-fields.ts';
import { formatTime } from './json-time.ts';

/**
 * A manifest file in the JSON form of an export: the columns of the file by their names, int64 as
 * strings and times as RFC 3339, as in proto3 JSON. What is not set is left out.
 */
export type ManifestJson = Readonly<Record<string, unknown>>;

/** What a line of an import says of a dataset. */
export interface ManifestRecord {
  readonly name: string;
  readonly schemaFingerprint: string;
  readonly objects: readonly DataObject[];
  readonly datasetId?: string | undefined;
  readonly createdAt?: Micros | undefined;
  readonly updatedAt?: Micros | undefined;
  readonly rowCount?: bigint | undefined;
  readonly version?: bigint | undefined;
  readonly labels?: ReadonlyMap<string, string> | undefined;
  readonly schema?: string | undefined;
  readonly formerFingerprints?: readonly FormerFingerprint[] | undefined;
  readonly deletedAt?: Micros | undefined;
  /** Of a whole manifest; absent where another catalog tells only what it knows. */
  readonly history?: Pick<ManifestFile, 'writeId' | 'recentWrites'>;
  /** The fields that the line has. */
  readonly given: readonly string[];
}

/** All fields of a manifest, in the order in which they are written. */
export const MANIFEST_FIELDS = [
  'name',
  'dataset_id',
  'schema_fingerprint',
  'version',
  'created_at',
  'updated_at',
  'deleted_at',
  'row_count',
  'labels',
  'schema',
  'former_fingerprints',
  'write_id',
  'recent_writes',
  'objects',
];

/**
 * The JSON form of a manifest file; equal files have equal forms.
 *
 * @throws {RangeError} if a time has no JSON form.
 */
export function manifestToJson(file: ManifestFile): ManifestJson {
  const { manifest, deletedAt } = file;
  return {
    name: manifest.name,
    dataset_id: manifest.datasetId,
    schema_fingerprint: manifest.schemaFingerprint,
    version: String(manifest.version),
    created_at: formatTime(manifest.createdAt),
    updated_at: formatTime(manifest.updatedAt),
    ...(deletedAt !== undefined && { deleted_at: formatTime(deletedAt) }),
    ...(manifest.rowCount !== undefined && { row_count: String(manifest.rowCount) }),
    labels: Object.fromEntries([...manifest.labels].sort(([a], [b]) => compareUtf8(a, b))),
    ...(manifest.schema !== undefined && { schema: manifest.schema }),
    ...(manifest.formerFingerprints !== undefined && {
      former_fingerprints: manifest.formerFingerprints.map((former) => ({
        schema_fingerprint: former.schemaFingerprint,
        replaced_in_version: String(former.replacedInVersion),
        replaced_at: formatTime(former.replacedAt),
      })),
    }),
    write_id: file.writeId,
    recent_writes: file.recentWrites.map((write) => ({
      version: String(write.version),
      write_id: write.writeId,
      request_id: write.requestId,
      method: write.method,
      existing: write.existing,
      call_hash: write.callHash,
    })),
    objects: manifest.objects.map(({ key, sizeBytes, etag, rowCount }) => ({
      key,
      size_bytes: String(sizeBytes),
      ...(etag !== undefined && { etag }),
      ...(rowCount !== undefined && { row_count: String(rowCount) }),
    })),
  };
}

/**
 * Reads the JSON form. Only name, fingerprint and objects have to be there; with the recent writes,
 * it is a whole manifest, of which nothing may be missing that every manifest has.
 *
 * @throws {FieldError} naming the field, the value and what is accepted.
 */
export function manifestFromJson(value: unknown): ManifestRecord {
  const fields = fieldsOf(value, '', MANIFEST_FIELDS);
  const has = (name: string) => fields[name] !== undefined && fields[name] !== null;
  const isWhole = has('recent_writes');
  if (isWhole) {
    for (const name of ['version', 'created_at', 'updated_at', 'labels', 'write_id']) {
      if (!has(name)) throw new FieldError(name, 'is required beside recent_writes');
    }
  } else if (has('write_id')) {
    throw new FieldError('write_id', 'goes with recent_writes only');
  }
  return {
    name: required(fields, '', 'name', asText),
    schemaFingerprint: required(fields, '', 'schema_fingerprint', asText),
    objects: required(fields, '', 'objects', listOf(asDataObject)),
    datasetId: optional(fields, '', 'dataset_id', asText),
    createdAt: optional(fields, '', 'created_at', asTime),
    updatedAt: optional(fields, '', 'updated_at', asTime),
    rowCount: optional(fields, '', 'row_count', asInt64),
    version: optional(fields, '', 'version', asInt64),
    labels: optional(fields, '', 'labels', asTextMap),
    schema: optional(fields, '', 'schema', asText),
    formerFingerprints: optional(fields, '', 'former_fingerprints', listOf(asFormer)),
    deletedAt: optional(fields, '', 'deleted_at', asTime),
    ...(isWhole && {
      history: {
        writeId: required(fields, '', 'write_id', asText),
        recentWrites: required(fields, '', 'recent_writes', listOf(asRecentWrite)),
      },
    }),
    given: MANIFEST_FIELDS.filter(has),
  };
}

const asDataObject: Read<DataObject> = (value, path) => {
  const fields = fieldsOf(value, path, ['key', 'size_bytes', 'etag', 'row_count']);
  const etag = optional(fields, path, 'etag', asText);
  const rowCount = optional(fields, path, 'row_count', asInt64);
  return {
    key: required(fields, path, 'key', asText),
    sizeBytes: required(fields, path, 'size_bytes', asInt64),
    ...(etag !== undefined && { etag }),
    ...(rowCount !== undefined && { rowCount }),
  };
};

const WRITE = ['version', 'write_id', 'request_id', 'method', 'existing', 'call_hash'];

const asRecentWrite: Read<RecentWrite> = (value, path) => {
  const fields = fieldsOf(value, path, WRITE);
  return {
    version: required(fields, path, 'version', asInt64),
    writeId: required(fields, path, 'write_id', asText),
    requestId: required(fields, path, 'request_id', asText),
    method: required(fields, path, 'method', asText),
    existing: required(fields, path, 'existing', asBoolean),
    callHash: required(fields, path, 'call_hash', asText),
  };
};

const FORMER = ['schema_fingerprint', 'replaced_in_version', 'replaced_at'];

const asFormer: Read<FormerFingerprint> = (value, path) => {
  const fields = fieldsOf(value, path, FORMER);
  return {
    schemaFingerprint: required(fields, path, 'schema_fingerprint', asText),
    replacedInVersion: required(fields, path, 'replaced_in_version', asInt64),
    replacedAt: required(fields, path, 'replaced_at', asTime),
  };
};
