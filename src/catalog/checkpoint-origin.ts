import type { CheckpointOrigin } from '../manifest/checkpoint.ts';
import { FORMAT_VERSION } from '../manifest/schema.ts';
import type { Store } from '../store/store.ts';
import type { ViewCodec } from './entry.ts';
import { PACKED_FORMAT } from './packed-entry.ts';

/** Where the files of the checkpoint are in the store: `00000.parquet` and so on. */
export const CHECKPOINT_PREFIX = '_catalog/checkpoint/';

/** The key of a file of the checkpoint. */
export function checkpointKey(file: number): string {
  return `${CHECKPOINT_PREFIX}${String(file).padStart(5, '0')}.parquet`;
}

/** Whether a key is that of a file of a checkpoint, however long. */
export function isCheckpointKey(key: string): boolean {
  return (
    key.startsWith(CHECKPOINT_PREFIX) &&
    /^\d{5,}\.parquet$/.test(key.slice(CHECKPOINT_PREFIX.length))
  );
}

/**
 * For whom a checkpoint is good: this store, and a catalogd that would make the same entries of the
 * same manifest files.
 */
export function checkpointOrigin(store: Store, codec: ViewCodec): CheckpointOrigin {
  const format = `entry ${PACKED_FORMAT}, manifest ${FORMAT_VERSION}, views ${codec.format}`;
  return { format, store: store.url };
}
