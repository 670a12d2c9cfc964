import { StoreUnavailableError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { Entry, ViewCodec } from './entry.ts';
import { quote } from './errors.ts';
import { loadManifest } from './load-manifest.ts';
import { backoffMs } from './manifest-writer.ts';
import { isName, MANIFEST_PREFIX, MANIFEST_SUFFIX, nameOfKey } from './name.ts';
import type { Log, Runtime } from './runtime.ts';

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
}

/** What was loaded. */
export interface Rehydrated {
  /** Number of manifest files, tombstones included. */
  readonly manifests: number;
}

/** What was loaded, and what to do with it. */
interface Loaded extends Rehydrated {
  readonly entries: Map<string, Entry>;
  /** The names whose manifests cannot be read; none unless that was allowed. */
  readonly quarantined: readonly string[];
}

/** A manifest file that cannot be loaded. */
export interface BadManifest {
  readonly key: string;
  readonly problem: string;
}

/** The catalog cannot be loaded; nothing of it was. The message is for the operator. */
export class RehydrateError extends Error {
  override name = 'RehydrateError';
  /** The manifests at fault; empty if the store is. */
  readonly bad: readonly BadManifest[];

  constructor(message: string, bad: readonly BadManifest[], options?: { cause?: unknown }) {
    super(message, options);
    this.bad = bad;
  }
}

interface Parts {
  readonly store: Store;
  readonly codec: ViewCodec;
  readonly runtime: Runtime;
  readonly log: Log;
}

/**
 * Reads every manifest of the store (R10). Keys that do not end in `.parquet` are ignored, a key
 * that is gone when it is read counts as absent, and faults of the store are retried.
 *
 * @throws {RehydrateError} naming every manifest that is damaged or under the wrong key: a catalog
 *   that is loaded by half is data loss. In quarantine only if the store does not answer.
 */
export async function rehydrate(
  parts: Parts,
  { withinMs = 300_000, concurrency = 32, quarantine = false }: RehydrateOptions,
): Promise<Loaded> {
  const keys = await retried(parts, withinMs, () => listKeys(parts.store));
  const entries = new Map<string, Entry>();
  const bad: BadManifest[] = [];
  const queue = keys.values();
  const worker = async () => {
    for (const key of queue) {
      try {
        const load = () => loadManifest(parts.store, parts.codec, key);
        const entry = await retried(parts, withinMs, load);
        if (entry !== undefined) entries.set(entry.name, entry);
      } catch (error) {
        if (error instanceof RehydrateError) throw error;
        bad.push({ key, problem: error instanceof Error ? error.message : String(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  if (bad.length > 0 && !quarantine) throw new RehydrateError(badMessage(bad), bad);
  return { manifests: entries.size, entries, quarantined: quarantined(bad, parts.log) };
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

async function listKeys(store: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(MANIFEST_PREFIX)) {
    if (key.endsWith(MANIFEST_SUFFIX)) keys.push(key);
  }
  return keys;
}

/** Repeats a read while the store fails, but no longer than that after its first failure. */
async function retried<T>(
  { runtime, log }: Parts,
  withinMs: number,
  read: () => Promise<T>,
): Promise<T> {
  let until = Number.POSITIVE_INFINITY;
  for (let tries = 0; ; tries++) {
    try {
      return await read();
    } catch (cause) {
      if (!(cause instanceof StoreUnavailableError)) throw cause;
      if (tries === 0) until = runtime.monotonic() + withinMs;
      const waitMs = 10 * backoffMs(tries, runtime.random());
      if (runtime.monotonic() + waitMs >= until) {
        throw new RehydrateError(
          `the catalog was not loaded: its store does not answer: ${cause.message}`,
          [],
          { cause },
        );
      }
      log.warn(
        { err: cause, waitMs: Math.round(waitMs) },
        'the store does not answer; trying again',
      );
      await runtime.sleep(waitMs);
    }
  }
}

function badMessage(bad: readonly BadManifest[]): string {
  const lines = [...bad]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ key, problem }) => `  ${quote(key)}: ${problem}`);
  return [
    `the catalog was not loaded, for ${bad.length} of its manifests cannot be read:`,
    ...lines,
    'Restore them from a backup, or remove them to have these datasets forgotten. To serve the others meanwhile: --quarantine.',
  ].join('\n');
}
