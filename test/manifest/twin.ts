import type { ManifestFile } from '../../src/manifest/manifest.ts';

/**
 * A manifest file as JSON, column by column under the names in the file: int64 and times (in
 * microseconds) as decimal strings, null for what is unset, labels as a list that keeps its order.
 */
export type Twin = Record<string, unknown>;

export function toTwin({ manifest, writeId, recentWrites, deletedAt }: ManifestFile): Twin {
  return {
    dataset_id: manifest.datasetId,
    name: manifest.name,
    schema_fingerprint: manifest.schemaFingerprint,
    objects: manifest.objects.map((object) => ({
      key: object.key,
      size_bytes: String(object.sizeBytes),
      etag: object.etag ?? null,
      row_count: decimal(object.rowCount),
    })),
    created_at: String(manifest.createdAt),
    updated_at: String(manifest.updatedAt),
    row_count: decimal(manifest.rowCount),
    version: String(manifest.version),
    write_id: writeId,
    recent_writes: recentWrites.map((write) => ({
      version: String(write.version),
      write_id: write.writeId,
      request_id: write.requestId,
      method: write.method,
      existing: write.existing,
      call_hash: write.callHash,
    })),
    deleted_at: decimal(deletedAt),
    labels: [...manifest.labels].map(([key, value]) => ({ key, value })),
    min_reader: 1,
    min_writer: 1,
    ...formatTwo(manifest),
  };
}

function decimal(value: bigint | undefined): string | null {
  return value === undefined ? null : String(value);
}

/** The columns which only a file of format 2 has, and then both. */
function formatTwo({ schema, formerFingerprints }: ManifestFile['manifest']): Twin {
  if (schema === undefined && formerFingerprints === undefined) return {};
  return {
    min_writer: 2,
    schema: schema ?? null,
    former_fingerprints:
      formerFingerprints?.map((former) => ({
        schema_fingerprint: former.schemaFingerprint,
        replaced_in_version: String(former.replacedInVersion),
        replaced_at: String(former.replacedAt),
      })) ?? null,
  };
}
