/**
 * The object store that holds the catalog, as the catalog needs it. It knows nothing of manifests.
 *
 * A key is a relative path of UTF-8 segments separated by `/`, below the root which the store was
 * opened on. Keys are at most {@link MAX_KEY_BYTES} bytes with the store's own prefix included;
 * the caller guarantees that no segment is empty, `.` or `..`, and that no key is a folder of
 * another (`a` and `a/b`), which a file system cannot hold.
 *
 * Every method ends within the store's own time limits, whatever the network does.
 */
export interface Store {
  /** Where the store is, fit to be printed: no credentials. For example `file:/var/lib/catalogd`. */
  readonly url: string;

  /**
   * The absolute URI which the store's root has as a data location, without a trailing slash:
   * `s3://bucket/prefix`, `file:///var/lib/catalogd`. `undefined` where data cannot be there.
   */
  readonly rootUri: string | undefined;

  /** Other absolute URIs of the root, for example that behind a symbolic link. */
  readonly rootAliases?: readonly string[];

  /**
   * Whether this process alone can write to the store while it is open. If not, what was read a
   * moment ago may have been changed by another replica.
   */
  readonly exclusive: boolean;

  /**
   * Reads one object, whole, as of some moment after the call began: a put that was acknowledged
   * before the call is seen.
   *
   * @returns the object, or `undefined` if there is none.
   * @throws {StoreUnavailableError} if the store did not answer, or not with a whole object.
   * @throws {KeyCollisionError} if the key names a file that belongs to another key.
   * @throws {ObjectTooLargeError} if it has more than {@link MAX_OBJECT_BYTES}.
   */
  get(key: string): Promise<StoredObject | undefined>;

  /**
   * Writes one object, whole: a reader sees all of it or nothing. Durable when the promise
   * resolves. Sent at most once: never repeated by the store itself, since a repeat could meet its
   * own first write.
   *
   * @throws {PreconditionFailedError} if the condition did not hold; nothing was written.
   * @throws {StoreUnavailableError} if it is known that nothing was written, now or later.
   * @throws {OutcomeUnknownError} if it may have been written, or may still be.
   * @throws {KeyCollisionError} if the key names a file that belongs to another key.
   */
  put(key: string, body: Uint8Array, mode: PutMode): Promise<PutResult>;

  /**
   * Lists the objects whose keys begin with `prefix`, in no promised order: in pages as they come, since a
   * step of an asynchronous loop takes as long as all else about an object. Not a snapshot: a put or
   * delete during the listing may or may not show; what was there throughout shows exactly once.
   *
   * @param hints change how long it takes, never what it shows.
   * @throws {StoreUnavailableError} while iterating.
   * @throws {StoreConfigError} if there is something that cannot be an object, such as a symbolic link.
   */
  list(prefix: string, hints?: ListHints): AsyncIterable<readonly ListedObject[]>;

  /**
   * Removes one object, durably; one that is not there counts as removed.
   *
   * @throws {StoreUnavailableError} if it is known that nothing was removed.
   * @throws {OutcomeUnknownError} if it may have been.
   */
  delete(key: string): Promise<void>;

  /**
   * For stores that can send an etag as a condition in two forms: takes the other one from now on.
   * Absent where there is one form, or where the configuration fixed it.
   *
   * @returns whether there was another form left to try.
   */
  otherEtagForm?(): boolean;

  /** Releases connections and locks. Calls after it are refused with StoreUnavailableError. */
  close(): Promise<void>;
}

/** What helps a store to list many objects faster. */
export interface ListHints {
  /** Keys that cut the listing into ranges of about the same size. There need not be such objects. */
  readonly cuts: readonly string[];
  /** How many ranges may be listed at once. */
  readonly atOnce: number;
}

/** The longest key, in bytes of UTF-8, that S3 takes (S3 user guide, "Naming Amazon S3 objects"). */
export const MAX_KEY_BYTES = 1024;

/** The largest object that the catalog writes, in bytes. Others are not read. */
export const MAX_OBJECT_BYTES = 256 * 1024 * 1024;

/** On which condition a put writes. */
export type PutMode =
  /** Only if there is no object of that key (`If-None-Match: *`, RFC 9110 section 13.1.2). */
  | { readonly kind: 'create' }
  /** Only if the object is the one with this etag (`If-Match`, RFC 9110 section 13.1.1). */
  | { readonly kind: 'replace'; readonly etag: string }
  /** In any case. */
  | { readonly kind: 'overwrite' };

/** What a put answers. */
export interface PutResult {
  /** The etag of what was written. */
  readonly etag: string;
}

/** An object as it was read. */
export interface StoredObject {
  readonly body: Uint8Array;
  /** Opaque; differs between any two different bodies that were ever written under one key. */
  readonly etag: string;
}

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
  /**
   * When it was written, or later, by the store's own clock, in milliseconds since 1970. To be compared
   * only with that of another object of the same store. `undefined` where the store does not say.
   */
  readonly modifiedMs?: number | undefined;
}
