import type { Store } from '../store/store.ts';
import type { Entry, ViewCodec } from './entry.ts';
import type { KnownEntries } from './known-entries.ts';
import { cutAt, NAMES_BETWEEN_CUTS } from './list-cuts.ts';
import { loadCheckpoint } from './load-checkpoint.ts';
import { loadManifest } from './load-manifest.ts';
import { isName, MANIFEST_PREFIX, nameOfKey } from './name.ts';
import { type Progress, ProgressMeter } from './progress.ts';
import { type BadManifest, badManifestsError, RehydrateError } from './rehydrate-error.ts';
import { retried } from './retried.ts';
import type { Log, Runtime } from './runtime.ts';
import { SlabAllocator } from './slab.ts';

/** How the catalog is loaded. */
export interface RehydrateOptions {
  /** How long the store may go on failing before it is given up, in milliseconds. Default 300,000. */
  readonly withinMs?: number;
  /** How many manifests are read at once. Default 32. */
  readonly concurrency?: number;
  /**
   * Whether to load the rest where manifests cannot be read. Their names are then in quarantine: to
   * be answered by what is wrong with them, never as absent. Default false.
   */
  readonly quarantine?: boolean;
  /** Told now and then how far it is. */
  readonly onProgress?: (progress: Progress) => void;
}

/** What was loaded. */
export interface Rehydrated {
  /** Number of manifest files, tombstones included. */
  readonly manifests: number;
  /** How many of them were taken from the checkpoint. */
  readonly fromCheckpoint: number;
}

/** What was loaded, and what to do with it. */
interface Loaded extends Rehydrated {
  readonly entries: Map<string, Entry>;
  /** The names whose manifests cannot be read; none unless that was allowed. */
  readonly quarantined: readonly string[];
}

interface Parts {
  readonly store: Store;
  readonly codec: ViewCodec;
  readonly runtime: Runtime;
  readonly log: Log;
}

/** Ranges of the listing that are read at once. */
const RANGES_AT_ONCE = 16;
/** So many manifests the store may fail to give out before it counts as not answering at all. */
const MAX_NOT_GIVEN_OUT = 10;
/** The memory that entries share which are read one by one. */
const SLAB_BYTES = 1 << 18;

/**
 * Loads every manifest of the store (R10): the listing says which there are, the checkpoint has those
 * which have not changed since, the others are read. Keys that do not end in `.parquet` are ignored, a
 * key that is gone when it is read counts as absent, and faults of the store are retried.
 *
 * @throws {RehydrateError} naming every manifest that is damaged, under the wrong key or not given out: a
 *   catalog that is loaded by half is data loss. In quarantine only if the store does not answer.
 */
export async function rehydrate(parts: Parts, options: RehydrateOptions): Promise<Loaded> {
  const { withinMs = 300_000, concurrency = 32, quarantine = false } = options;
  const { runtime, log } = parts;
  const progress = new ProgressMeter(runtime, (now) => {
    log.info(now, 'loading the catalog');
    options.onProgress?.(now);
  });
  const known = await loadCheckpoint(parts, withinMs);
  const keys = await retried(parts, withinMs, () => keysToRead(parts.store, known, progress));
  const entries = await known.confirmed(runtime);
  const fromCheckpoint = entries.size;
  const bad: BadManifest[] = [];
  const slabs = new SlabAllocator(SLAB_BYTES);
  let [patienceMs, notGivenOut] = [withinMs, 0];
  progress.read(keys.size);
  const queue = keys.values();
  const worker = async () => {
    for (const key of queue) {
      try {
        const load = () => loadManifest(parts.store, parts.codec, key, slabs);
        const entry = await retried(parts, patienceMs, load);
        if (entry !== undefined) entries.set(entry.name, entry);
      } catch (thrown) {
        const isNotGivenOut = thrown instanceof RehydrateError;
        if (isNotGivenOut && ++notGivenOut > MAX_NOT_GIVEN_OUT) throw thrown;
        // It has been waited for once: not for each of them.
        if (isNotGivenOut) patienceMs = 0;
        const error = isNotGivenOut ? thrown.cause : thrown;
        bad.push({ key, problem: error instanceof Error ? error.message : String(error) });
      }
      progress.readOne();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  // One that cannot be read is bad; but a store that is gone has given out the others before.
  if (notGivenOut > 0) await retried(parts, 0, () => firstPage(parts.store));
  if (bad.length > 0 && !quarantine) throw badManifestsError(bad);
  const manifests = entries.size;
  return { manifests, fromCheckpoint, entries, quarantined: quarantined(bad, log) };
}

/** The names of bad manifests, told to the log one by one; a key of no name is only told. */
function quarantined(bad: readonly BadManifest[], log: Log): string[] {
  const names: string[] = [];
  for (const { key, problem } of bad) {
    const name = nameOfKey(key) ?? '';
    if (isName(name)) {
      names.push(name);
      log.error({ key, name, problem }, 'a manifest cannot be read: its name is in quarantine');
    } else {
      log.error(
        { key, problem },
        'a manifest cannot be read, and its key is that of no name: ignored',
      );
    }
  }
  if (bad.length > 0) {
    log.error(
      { quarantined: names.length, ignored: bad.length - names.length },
      'running in quarantine: calls on these names fail until their manifests are restored from a backup',
    );
  }
  return names;
}

async function firstPage(store: Store): Promise<void> {
  for await (const _ of store.list(MANIFEST_PREFIX)) return;
}

/** Lists the store: which of the known entries are as they were, and the keys of all other manifests. */
async function keysToRead(
  store: Store,
  known: KnownEntries,
  progress: ProgressMeter,
): Promise<Set<string>> {
  const keys = new Set<string>();
  const hints = cutAt(known.namesEvery(NAMES_BETWEEN_CUTS), RANGES_AT_ONCE);
  progress.list();
  known.begin();
  // Without pauses: there are some between pages, and pages that wait are memory that is soon old.
  for await (const page of store.list(MANIFEST_PREFIX, hints)) {
    for (const { key, etag } of page) {
      const name = nameOfKey(key);
      if (name === undefined) continue;
      progress.listed();
      if (!known.confirm(name, etag)) keys.add(key);
    }
  }
  return keys;
}
