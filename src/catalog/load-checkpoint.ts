import { decodeCheckpoint } from '../manifest/checkpoint.ts';
import { MAX_FILE_BYTES } from '../manifest/schema.ts';
import { eachListed } from '../store/each-listed.ts';
import type { Store } from '../store/store.ts';
import { CHECKPOINT_PREFIX, checkpointOrigin } from './checkpoint-origin.ts';
import type { Entry, ViewCodec } from './entry.ts';
import { KnownEntries } from './known-entries.ts';
import { PackedEntry } from './packed-entry.ts';
import { RehydrateError } from './rehydrate-error.ts';
import { retried } from './retried.ts';
import type { Log, Runtime } from './runtime.ts';
import { Slab } from './slab.ts';

/** Files read at once: each is some megabytes. */
const CONCURRENCY = 4;
/**
 * How long the store may go on failing to give a file out, in milliseconds: what this process has no right
 * to read, say, it will never get, and needs it only to save time.
 */
const PATIENCE_MS = 30_000;

/** What {@link loadCheckpoint} works with. */
export interface CheckpointParts {
  readonly store: Store;
  readonly codec: ViewCodec;
  readonly runtime: Runtime;
  readonly log: Log;
}

/**
 * The entries that the checkpoint has: each is good as long as the store has a manifest of its name with its
 * etag, and nothing else may be concluded. A file of the checkpoint that is damaged, of another origin or not
 * given out is ignored; that costs time only.
 *
 * @param withinMs how long the store may go on failing to list the files, in milliseconds.
 * @throws {RehydrateError} if the store does not answer.
 */
export async function loadCheckpoint(
  parts: CheckpointParts,
  withinMs: number,
): Promise<KnownEntries> {
  const { store, log } = parts;
  const keys = await retried(parts, withinMs, () => listFiles(store));
  const entries: Entry[] = [];
  const ignored: { readonly key: string; readonly problem: string }[] = [];
  let patienceMs = Math.min(withinMs, PATIENCE_MS);
  const queue = keys.values();
  const worker = async () => {
    for (const key of queue) {
      try {
        const object = await retried(parts, patienceMs, () => store.get(key));
        // Gone meanwhile: another replica has written a shorter one.
        if (object !== undefined) await unpack(parts, object.body, entries);
      } catch (thrown) {
        const notGivenOut = thrown instanceof RehydrateError;
        // It has been waited for once: not for each of a thousand files.
        if (notGivenOut) patienceMs = 0;
        const error = notGivenOut ? thrown.cause : thrown;
        ignored.push({ key, problem: error instanceof Error ? error.message : String(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  const [first] = ignored;
  if (first !== undefined) {
    log.warn(
      { ignored: ignored.length, of: keys.length, ...first },
      'files of the checkpoint are ignored; the manifests themselves are read instead',
    );
  }
  return new KnownEntries(entries);
}

async function listFiles(store: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key, sizeBytes } of eachListed(store, CHECKPOINT_PREFIX)) {
    if (key.endsWith('.parquet') && sizeBytes <= MAX_FILE_BYTES) keys.push(key);
  }
  // In the order of their names, or sorting these takes far longer.
  return keys.sort();
}

async function unpack(
  { store, codec }: CheckpointParts,
  body: Uint8Array,
  entries: Entry[],
): Promise<void> {
  const { buffer, byteOffset, byteLength } = body;
  const file = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
  const rows = await decodeCheckpoint(file, checkpointOrigin(store, codec));
  const slab = new Slab(file);
  for (const { name, storeEtag, at, length } of rows) {
    entries.push(new PackedEntry(name, storeEtag, slab, at, length));
  }
}
