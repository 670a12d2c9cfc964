import type { Manifest, Micros, RecentWrite } from '../manifest/manifest.ts';
import type { Slab, SlabAllocator } from './slab.ts';

/**
 * How the catalog's readers want their manifests: encoded once, when a manifest is written or
 * loaded, and never for a read. The catalog passes the bytes on and does not look into them.
 */
export interface ViewCodec {
  /** Tells one encoding from another: differs wherever a manifest may be encoded into other bytes. */
  readonly format: string;
  /**
   * Encodes a manifest in both views.
   *
   * @param deletedAt set on a tombstone.
   */
  encode(manifest: Manifest, etag: string, deletedAt?: Micros): EncodedViews;
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

/** One manifest in one run of bytes, in which the views overlap: they have most of it in common. */
export interface EncodedViews {
  readonly bytes: Uint8Array;
  /** Where FULL begins; it goes on to the end. */
  readonly fullFrom: number;
  /** Where BASIC ends; it begins with the first byte. */
  readonly basicTo: number;
}

/** The views that an encoding holds. */
export function viewsOf({ bytes, fullFrom, basicTo }: EncodedViews): Views {
  return { full: bytes.subarray(fullFrom), basic: bytes.subarray(0, basicTo) };
}

/** What the index keeps of one name. Immutable, but for `sweep`. */
export interface Entry extends Views {
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
  /** The store's etag of the file: the condition of the next put. */
  readonly storeEtag: string;
  /** The last sweep over the index that knew of it: see {@link ManifestIndex.beginSweep}. */
  sweep: number;
  /** All but name and `storeEtag` in one run of bytes. */
  readonly packed: Uint8Array;
  /**
   * Notes that the index has it. If its bytes stand alone and need not, they are put beside others.
   *
   * @returns where they are.
   */
  hold(slabs: SlabAllocator): Slab;
  /** Notes that the index no longer has it. @returns where its bytes are. */
  release(): Slab;
  /** Moves into other slabs, if it is in that one. */
  leave(slab: Slab, slabs: SlabAllocator): void;
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
