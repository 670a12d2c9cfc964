import type { DecodedManifestFile, Manifest, Micros, RecentWrite } from '../manifest/manifest.ts';
import { etagOf } from './etag.ts';

/**
 * How the catalog's readers want their manifests: encoded once, when a manifest is written or
 * loaded, and never for a read. The catalog passes the bytes on and does not look into them.
 */
export interface ViewCodec {
  /**
   * Encodes a manifest in both views.
   *
   * @param deletedAt set on a tombstone.
   */
  encode(manifest: Manifest, etag: string, deletedAt?: Micros): Views;
  /** The manifest that was encoded: what a write changes a part of. Costs as much as encoding. */
  decode(views: Views): Manifest;
  /** All of a manifest but its objects: what a write that gives all objects may keep. */
  head(views: Views): Pick<Manifest, 'labels' | 'schema' | 'formerFingerprints'>;
  /** The labels of a manifest alone, for filters. */
  labels(views: Views): ReadonlyMap<string, string>;
  /** The encoded objects of a manifest, lazily, from the one at `from` (0-based) on. */
  objects(views: Views, from: number): Iterable<Uint8Array>;
}

/** One manifest, encoded. The bytes are never changed, so they may be handed out (R7). */
export interface Views {
  readonly full: Uint8Array;
  /** Without objects and schema. */
  readonly basic: Uint8Array;
}

/** What the index keeps of one name. Immutable. */
export interface Entry {
  readonly name: string;
  readonly datasetId: string;
  readonly schemaFingerprint: string;
  readonly createdAt: Micros;
  readonly updatedAt: Micros;
  readonly version: bigint;
  /** The etag which callers see. */
  readonly etag: string;
  readonly objectCount: number;
  /** Oldest first; the last is of this version. */
  readonly recentWrites: readonly RecentWrite[];
  /** Set on a tombstone, which counts as absent (R12). */
  readonly deletedAt: Micros | undefined;
  /** Written by a newer catalogd: never rewritten by this one. */
  readonly readOnly: boolean;
  readonly views: Views;
  /** The store's etag of the file: the condition of the next put. */
  readonly storeEtag: string;
}

/** Makes the index's entry of a manifest file. */
export function entryOf(file: DecodedManifestFile, storeEtag: string, codec: ViewCodec): Entry {
  const { manifest } = file;
  const etag = etagOf(manifest);
  return {
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
}

/** Whether the entry is of a dataset that exists: there is one, and it is no tombstone (R12). */
export function isLive(entry: Entry | undefined): entry is Entry {
  return entry !== undefined && entry.deletedAt === undefined;
}

/** Whether the entry is of a deleted dataset that can be undeleted: purged ones have nothing left. */
export function isRestorable(entry: Entry | undefined): entry is Entry {
  return entry?.deletedAt !== undefined && entry.schemaFingerprint !== '';
}

/** Whether there is anything to show: a live dataset, or one that can be undeleted. */
export function isKept(entry: Entry | undefined): entry is Entry {
  return isLive(entry) || isRestorable(entry);
}
