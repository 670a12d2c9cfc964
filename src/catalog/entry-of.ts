import type { DecodedManifestFile } from '../manifest/manifest.ts';
import type { ViewCodec } from './entry.ts';
import { etagOf } from './etag.ts';
import { type PackedEntry, packEntry } from './packed-entry.ts';
import type { SlabAllocator } from './slab.ts';

/** Makes the index's entry of a manifest file. */
export function entryOf(
  file: DecodedManifestFile,
  storeEtag: string,
  codec: ViewCodec,
  slabs?: SlabAllocator,
): PackedEntry {
  const { manifest } = file;
  const etag = etagOf(manifest);
  const fields = {
    name: manifest.name,
    datasetId: manifest.datasetId,
    schemaFingerprint: manifest.schemaFingerprint,
    createdAt: manifest.createdAt,
    updatedAt: manifest.updatedAt,
    version: manifest.version,
    etag,
    objectCount: manifest.objects.length,
    recentWrites: file.recentWrites,
    deletedAt: file.deletedAt,
    readOnly: file.readOnly,
    views: codec.encode(manifest, etag, file.deletedAt),
    storeEtag,
  };
  return packEntry(fields, slabs);
}
