import { CheckpointFile, type CheckpointRow } from '../manifest/checkpoint.ts';
import { eachListed } from '../store/each-listed.ts';
import type { Store } from '../store/store.ts';
import {
  CHECKPOINT_PREFIX,
  checkpointKey,
  checkpointOrigin,
  isCheckpointKey,
} from './checkpoint-origin.ts';
import type { ViewCodec } from './entry.ts';
import type { ManifestIndex } from './manifest-index.ts';
import type { Runtime } from './runtime.ts';

/** How a checkpoint is cut up; the defaults suit any catalog. */
export interface CheckpointLimits {
  /**
   * Rows of a row group: what is encoded at a stretch, in a few milliseconds. Fewer where they come to a
   * megabyte. Default 512.
   */
  readonly groupRows: number;
  /** Bytes of a file, a little more or less: what is in memory, sealed and sent at once. Default 4 MiB. */
  readonly fileBytes: number;
  /**
   * With fewer manifests than that no checkpoint is written unasked: a start without one takes no more
   * than a second or two. Default 1,000.
   */
  readonly worthIt: number;
}

export const CHECKPOINT_LIMITS: CheckpointLimits = {
  groupRows: 512,
  fileBytes: 1 << 22,
  worthIt: 1_000,
};

const GROUP_BYTES = 1 << 20;

/** What {@link writeCheckpoint} works with. */
export interface WriteCheckpointParts {
  readonly store: Store;
  readonly index: ManifestIndex;
  readonly codec: ViewCodec;
  readonly runtime: Runtime;
  readonly limits: CheckpointLimits;
}

/** What was written. */
export interface WrittenCheckpoint {
  readonly datasets: number;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Writes a checkpoint of the index. It need not be of one moment, nor complete: each entry stands for
 * itself, with the etag of the file that it was made of. So replicas may write theirs at once, file by
 * file, and one that is cut off leaves a good one, too.
 *
 * @param pace how much of the time others have, as a multiple of what this takes; 0 at the end of a process.
 * @param signal cuts it off.
 * @throws {StoreError} if the store fails.
 */
export async function writeCheckpoint(
  parts: WriteCheckpointParts,
  pace: number,
  signal?: AbortSignal,
): Promise<WrittenCheckpoint> {
  const { store, index, codec, runtime, limits } = parts;
  const origin = checkpointOrigin(store, codec);
  let [datasets, files, bytes] = [0, 0, 0];
  let file = new CheckpointFile(origin);
  const put = async () => {
    const body = file.finish();
    await store.put(checkpointKey(files++), body, { kind: 'overwrite' });
    bytes += body.byteLength;
    file = new CheckpointFile(origin);
  };
  let since = runtime.monotonic();
  for (const rows of rowGroups(index, limits.groupRows)) {
    signal?.throwIfAborted();
    file.add(rows);
    datasets += rows.length;
    const tookMs = runtime.monotonic() - since;
    await runtime.sleep(tookMs * pace);
    if (file.byteLength >= limits.fileBytes) await put();
    since = runtime.monotonic();
  }
  if (file.rows > 0) await put();
  await removeFrom(store, files);
  return { datasets, files, bytes };
}

/** All entries, in groups. */
function* rowGroups(index: ManifestIndex, groupRows: number): Generator<CheckpointRow[]> {
  let rows: CheckpointRow[] = [];
  let bytes = 0;
  for (const entry of index.walk(groupRows)) {
    const { name, storeEtag, packed } = entry;
    rows.push({ name, storeEtag, entry: packed });
    bytes += packed.byteLength;
    if (rows.length < groupRows && bytes < GROUP_BYTES) continue;
    yield rows;
    rows = [];
    bytes = 0;
  }
  if (rows.length > 0) yield rows;
}

/** Removes the files of an earlier checkpoint that was longer. */
async function removeFrom(store: Store, files: number): Promise<void> {
  const kept = new Set(Array.from({ length: files }, (_, i) => checkpointKey(i)));
  const old: string[] = [];
  for await (const { key } of eachListed(store, CHECKPOINT_PREFIX)) {
    // What else may be there is somebody else's, and may have a key that no store takes.
    if (isCheckpointKey(key) && !kept.has(key)) old.push(key);
  }
  for (const key of old) await store.delete(key);
}
