import { nameOfKey } from '../catalog/name.ts';
import { decodeManifest } from '../manifest/decode.ts';
import { CorruptManifestError, NewerManifestError } from '../manifest/errors.ts';
import type { DecodedManifestFile } from '../manifest/manifest.ts';
import { KeyCollisionError, ObjectTooLargeError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';

/** What stands at the key of a manifest. */
export type ReadManifest =
  | { readonly kind: 'manifest'; readonly file: DecodedManifestFile; readonly etag: string }
  | { readonly kind: 'absent' }
  /** Something is there that is not the manifest of the key's name. */
  | Unusable;

/** What cannot be used, and why. */
export interface Unusable {
  /**
   * - `damaged`: the file is not as catalogd wrote it.
   * - `misplaced`: it is the manifest of another name.
   * - `newer`: only a newer catalogd can read it.
   * - `collides`: the file system takes the key for that of another file.
   */
  readonly kind: 'damaged' | 'misplaced' | 'newer' | 'collides';
  readonly problem: string;
  /** Of the file; empty where it was not read. */
  readonly etag: string;
}

/**
 * Reads the manifest file of a key and says what it is, without an opinion on what should be there.
 *
 * @throws {StoreUnavailableError} if the store does not answer.
 */
export async function readManifest(store: Store, key: string): Promise<ReadManifest> {
  let object: Awaited<ReturnType<Store['get']>>;
  try {
    object = await store.get(key);
  } catch (error) {
    if (error instanceof ObjectTooLargeError) {
      const problem = `the file has ${error.sizeBytes} bytes, too many`;
      return { kind: 'damaged', problem, etag: error.etag };
    }
    if (!(error instanceof KeyCollisionError)) throw error;
    return { kind: 'collides', problem: error.message, etag: '' };
  }
  if (object === undefined) return { kind: 'absent' };
  const { etag } = object;
  try {
    const file = await decodeManifest(object.body);
    const { name } = file.manifest;
    if (name === nameOfKey(key)) return { kind: 'manifest', file, etag };
    return { kind: 'misplaced', problem: `it holds the manifest of ${JSON.stringify(name)}`, etag };
  } catch (error) {
    if (error instanceof NewerManifestError) return { kind: 'newer', problem: error.message, etag };
    if (!(error instanceof CorruptManifestError)) throw error;
    return { kind: 'damaged', problem: error.message, etag };
  }
}
