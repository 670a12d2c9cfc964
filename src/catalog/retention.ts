import { eachListed } from '../store/each-listed.ts';
import type { Store } from '../store/store.ts';
import type { DeleteCall } from './call.ts';
import { isRestorable } from './entry.ts';
import { CatalogError } from './errors.ts';
import type { ManifestIndex } from './manifest-index.ts';
import { MANIFEST_PREFIX, nameOfKey } from './name.ts';
import type { Log, Runtime } from './runtime.ts';

/** An object that is written only to learn what time it is by the store's clock. */
export const CLOCK_KEY = '_catalog/clock';

/** The longest pause between two sweeps. */
const MAX_PAUSE_MS = 3_600_000;
/** Sweeps within one retention: how late a purge may be. */
const SWEEPS_PER_RETENTION = 10;
const MIN_PAUSE_MS = 1_000;

const NOT_PURGED = 'a deleted dataset was not purged';

/** The parts a {@link Retention} works with. */
export interface RetentionParts {
  readonly store: Store;
  readonly index: ManifestIndex;
  readonly runtime: Runtime;
  readonly log: Log;
  /** Purges one tombstone, if it is still the one of that etag. */
  purge(call: DeleteCall): Promise<unknown>;
}

/**
 * Purges deleted datasets when their time is over. How old a tombstone is, only the store's clock says
 * (R12): that of its file is compared with that of a file written now. A replica whose own clock is
 * wrong by years purges nothing early.
 */
export class Retention {
  readonly #parts: RetentionParts;
  readonly #retentionMs: number;

  /** @param retentionMs how long a deleted dataset can be undeleted, in milliseconds. */
  constructor(parts: RetentionParts, retentionMs: number) {
    this.#parts = parts;
    this.#retentionMs = retentionMs;
  }

  /** Sweeps again and again until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { runtime, log } = this.#parts;
    const pause = this.#retentionMs / SWEEPS_PER_RETENTION;
    const pauseMs = Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, pause));
    while (!signal.aborted) {
      try {
        await this.sweep();
      } catch (err) {
        log.warn({ err }, 'deleted datasets could not be looked through; trying again later');
      }
      await runtime.sleep(pauseMs, signal);
    }
  }

  /**
   * Purges what is over now.
   *
   * @returns how many were purged.
   * @throws {StoreError} if the store does not answer.
   */
  async sweep(): Promise<number> {
    const { store, index } = this.#parts;
    if (index.deletedSize === 0) return 0;
    await store.put(CLOCK_KEY, new Uint8Array(0), { kind: 'overwrite' });
    const now = await modifiedMs(store, CLOCK_KEY);
    if (now === undefined) return 0;
    let purged = 0;
    for await (const { key, etag, modifiedMs: since } of eachListed(store, MANIFEST_PREFIX)) {
      const name = nameOfKey(key);
      const entry = name === undefined ? undefined : index.get(name);
      // The time is that of the tombstone only if the file is the one that the index knows.
      const known = isRestorable(entry) && entry.storeEtag === etag && since !== undefined;
      if (known && now - since >= this.#retentionMs) {
        if (await this.#purge(entry.name, entry.etag)) purged++;
      }
    }
    return purged;
  }

  async #purge(name: string, expectedEtag: string): Promise<boolean> {
    const { log, purge } = this.#parts;
    try {
      await purge({ name, expectedEtag, requestId: '', validateOnly: false, allowMissing: true });
      log.info({ name }, 'a deleted dataset was purged: its retention is over');
      return true;
    } catch (err) {
      // It was undeleted, created anew or purged meanwhile, or will be looked at again: whatever it is,
      // the others are not to wait for it.
      if (err instanceof CatalogError) log.debug({ name, err }, NOT_PURGED);
      else log.error({ name, err }, NOT_PURGED);
      return false;
    }
  }
}

async function modifiedMs(store: Store, key: string): Promise<number | undefined> {
  for await (const listed of eachListed(store, key)) {
    if (listed.key === key) return listed.modifiedMs;
  }
  return undefined;
}
