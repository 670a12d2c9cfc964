/**
 * Microseconds since 1970-01-01T00:00:00Z. All times of the catalog are of this kind: JavaScript's
 * Date knows only milliseconds.
 */
export type Micros = bigint;

/** One data file of a dataset. */
export interface DataObject {
  /** An absolute URI, or a key relative to the service's data root; 1 to 1,024 bytes. */
  readonly key: string;
  /** 0 or more. */
  readonly sizeBytes: bigint;
  /** The data store's etag, where the writer knew it. */
  readonly etag?: string;
  /** 0 or more; absent when unknown. */
  readonly rowCount?: bigint;
}

/** A schema fingerprint which a dataset had before it evolved. */
export interface FormerFingerprint {
  readonly schemaFingerprint: string;
  /** The first version that had another one. */
  readonly replacedInVersion: bigint;
  /** When that version was written. */
  readonly replacedAt: Micros;
}

/** How many of a dataset's former fingerprints its file remembers. */
export const MAX_FORMER_FINGERPRINTS = 32;

/** The catalog's record of one dataset, at one version. Immutable. */
export interface Manifest {
  /** UUID, a function of the name alone. */
  readonly datasetId: string;
  readonly name: string;
  readonly schemaFingerprint: string;
  /** In the order given; no key twice. */
  readonly objects: readonly DataObject[];
  readonly createdAt: Micros;
  readonly updatedAt: Micros;
  /** Absent when unknown, which is not 0. */
  readonly rowCount?: bigint;
  /** Counts the accepted writes of the name, from 1. */
  readonly version: bigint;
  readonly labels: ReadonlyMap<string, string>;
  /** The schema in its canonical form, docs/fingerprint.md; absent where it was not given. */
  readonly schema?: string;
  /** Oldest first, at most {@link MAX_FORMER_FINGERPRINTS}; absent where there are none. */
  readonly formerFingerprints?: readonly FormerFingerprint[];
}

/** The record of one accepted write. */
export interface RecentWrite {
  /** The version which it wrote. */
  readonly version: bigint;
  /** Unique for each attempt to write; shows after an ambiguous answer whose put landed. */
  readonly writeId: string;
  /** The caller's request id; empty when none was given. */
  readonly requestId: string;
  /** The RPC that wrote, for example `RegisterManifest`. */
  readonly method: string;
  /** What the caller was told: whether the dataset was there before. */
  readonly existing: boolean;
  /** SHA-256, hex, of the call's arguments: tells a repeated call from another one. Empty without a request id. */
  readonly callHash: string;
}

/** How many of a name's latest writes its file remembers. */
export const MAX_RECENT_WRITES = 64;

/** All that a manifest file holds. */
export interface ManifestFile {
  readonly manifest: Manifest;
  /** The write id of the attempt that wrote this file; no two files ever share one. */
  readonly writeId: string;
  /** The latest writes, oldest first, at most {@link MAX_RECENT_WRITES}; the last is of the manifest's version. */
  readonly recentWrites: readonly RecentWrite[];
  /** When the dataset was deleted; absent while it lives. */
  readonly deletedAt?: Micros;
}

/** A manifest file as it was read. */
export interface DecodedManifestFile extends ManifestFile {
  /**
   * True when a newer catalogd wrote the file, so that this one must not rewrite it: it would drop
   * what it does not know.
   */
  readonly readOnly: boolean;
}
