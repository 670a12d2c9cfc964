import { createHash } from 'node:crypto';
import type { Manifest } from '../manifest/manifest.ts';
import { compareUtf8 } from './text.ts';

/**
 * The etag of a manifest (AIP-154): its version, and the beginning of a SHA-256 over its content.
 * The version alone would do while one history is written; the content tells two histories apart
 * when a bucket is restored from a backup and written again.
 */
export function etagOf(manifest: Manifest): string {
  const hash = createHash('sha256').update(
    JSON.stringify([
      manifest.datasetId,
      manifest.name,
      manifest.schemaFingerprint,
      String(manifest.createdAt),
      String(manifest.updatedAt),
      canonicalContent(manifest),
    ]),
  );
  return `${manifest.version}-${hash.digest('hex').slice(0, 16)}`;
}

/** The parts of a manifest that a caller gives, in one form for one meaning: for hashing. */
export function canonicalContent(
  content: Pick<Manifest, 'objects' | 'rowCount'> & {
    readonly labels?: ReadonlyMap<string, string> | undefined;
  },
): unknown {
  return [
    content.objects.map(({ key, sizeBytes, etag, rowCount }) => [
      key,
      String(sizeBytes),
      etag ?? null,
      rowCount === undefined ? null : String(rowCount),
    ]),
    content.rowCount === undefined ? null : String(content.rowCount),
    content.labels === undefined ? null : [...content.labels].sort(([a], [b]) => compareUtf8(a, b)),
  ];
}
