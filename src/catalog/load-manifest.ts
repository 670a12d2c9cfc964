import { decodeManifest } from '../manifest/decode.ts';
import { CorruptManifestError } from '../manifest/errors.ts';
import { ObjectTooLargeError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { ViewCodec } from './entry.ts';
import { entryOf } from './entry-of.ts';
import { quote } from './errors.ts';
import { nameOfKey } from './name.ts';
import type { PackedEntry } from './packed-entry.ts';
import type { SlabAllocator } from './slab.ts';

/**
 * Reads and decodes the manifest file of a key.
 *
 * @returns its entry, also of a tombstone; `undefined` if there is no file.
 * @throws {StoreError} as the store throws them.
 * @throws {CorruptManifestError} if the file is damaged, or holds the manifest of another name.
 * @throws {NewerManifestError} if only a newer catalogd can read it.
 */
export async function loadManifest(
  store: Store,
  codec: ViewCodec,
  key: string,
  slabs?: SlabAllocator,
): Promise<PackedEntry | undefined> {
  const object = await get(store, key);
  if (object === undefined) return undefined;
  const file = await decodeManifest(object.body);
  if (file.manifest.name !== nameOfKey(key)) {
    throw new CorruptManifestError(`it holds the manifest of ${quote(file.manifest.name)}`);
  }
  try {
    return entryOf(file, object.etag, codec, slabs);
  } catch (cause) {
    // Sizes, say, that do not add up to an int64: no catalogd has written that.
    throw new CorruptManifestError('its content cannot be shown', { cause });
  }
}

async function get(store: Store, key: string): ReturnType<Store['get']> {
  try {
    return await store.get(key);
  } catch (cause) {
    if (!(cause instanceof ObjectTooLargeError)) throw cause;
    throw new CorruptManifestError(`the file has ${cause.sizeBytes} bytes, too many`, { cause });
  }
}
