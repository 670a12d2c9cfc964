import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { breather } from './breather.ts';
import {
  ErrCorruptManifest,
  ErrStoreUnavailable,
  ErrTooBusy,
  ErrUpgradeRequired,
} from './errors.ts';
import { cutAt, NAMES_BETWEEN_CUTS } from './list-cuts.ts';
import type { ManifestIndex } from './manifest-index.ts';
import type { ManifestReader } from './manifest-reader.ts';
import { isName, MANIFEST_PREFIX, nameOfKey } from './name.ts';
import { type CatalogObserver, UNOBSERVED } from './observer.ts';
import type { Log, Runtime } from './runtime.ts';

/** How many changed names are read at once. */
const CONCURRENCY = 16;
/** Ranges of the listing that are read at once. Pages that come together are a stretch without a pause. */
const RANGES_AT_ONCE = 4;
/** The share of the time that may go to listing: a third. */
const LIST_SHARE = 3;
/** A page of a listing that takes longer than that, in milliseconds, is waited for rather than read. */
const LONGEST_PAGE_MS = 1_000;
/**
 * What that share may add to the pause, in milliseconds. Where a listing takes long for another reason than
 * its length, the index would get three times as old for nothing.
 */
const LONGEST_PAUSE_MS = 30_000;
/**
 * What takes no longer is usual, in milliseconds. Above it a refresh counts as twice as long as the one before
 * at most: one that spanned an outage is no measure of the next.
 */
const USUAL_REFRESH_MS = 10_000;

/** The parts a {@link Refresher} works with. */
export interface RefresherParts {
  readonly store: Store;
  readonly index: ManifestIndex;
  readonly reader: ManifestReader;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer?: CatalogObserver;
}

/**
 * Keeps the index of a replica close to a store that other replicas write to. A listing only hints
 * at what has changed, for it is no snapshot: every changed or missing name is confirmed by a read
 * that begins later, and only that changes the index.
 */
export class Refresher {
  readonly #parts: RefresherParts;
  #completedFrom: number;
  /** How long the last listing went on, without the waiting for a store that does not answer. */
  #listedMs = 0;
  /** How long a refresh usually takes. */
  #usualMs: number;
  /** How old the index gets while all goes as usual: a refresh, a pause and the next refresh. */
  #usualAgeMs: number;

  /** @param loadedFrom the monotonic time at which the loading of the index began. */
  constructor(parts: RefresherParts, loadedFrom: number) {
    this.#parts = parts;
    this.#completedFrom = loadedFrom;
    // The first refresh lists no more than the loading has.
    this.#usualMs = this.ageMs;
    this.#usualAgeMs = 2 * this.#usualMs;
  }

  /**
   * How old the index is at most, in milliseconds: the time since the last complete refresh began.
   * Everything that was in the store then is in the index.
   */
  get ageMs(): number {
    return this.#parts.runtime.monotonic() - this.#completedFrom;
  }

  /**
   * How much older the index is than its refreshes usually make it, in milliseconds: that long something
   * has kept them from being complete. A large catalog's index is old by itself.
   */
  get overdueMs(): number {
    return Math.max(0, this.ageMs - this.#usualAgeMs);
  }

  /**
   * Refreshes again and again until the signal fires; a refresh under way is finished.
   *
   * @param intervalMs the pause between two refreshes; longer, up to half a minute, where listing takes
   *   longer than half of it, so that no more than a third of the time goes to listing. Reading what
   *   has changed and waiting for a store that does not answer are no listing.
   */
  async run(intervalMs: number, signal: AbortSignal): Promise<void> {
    const { runtime, log } = this.#parts;
    while (!signal.aborted) {
      const began = runtime.monotonic();
      const complete = await this.refresh().then(
        () => true,
        (err: unknown) => {
          log.warn({ err, ageMs: Math.round(this.ageMs) }, 'the index could not be refreshed');
          return false;
        },
      );
      const shareMs = Math.min(this.#listedMs * (LIST_SHARE - 1), LONGEST_PAUSE_MS);
      const pauseMs = Math.max(intervalMs, shareMs);
      if (complete) {
        const tookMs = runtime.monotonic() - began;
        this.#usualMs = Math.min(tookMs, Math.max(USUAL_REFRESH_MS, 2 * this.#usualMs));
        this.#usualAgeMs = 2 * this.#usualMs + pauseMs;
      }
      await runtime.sleep(pauseMs, signal);
    }
  }

  /**
   * Lists the store once and reads what has changed. Complete only if everything could be read, but
   * for manifests that are damaged: those have an alarm of their own.
   *
   * @throws {StoreError} {@link ErrStoreUnavailable} if the store does not answer.
   * @throws {ErrTooBusy} if too many reads of it wait already.
   */
  async refresh(): Promise<void> {
    const { runtime, observer = UNOBSERVED } = this.#parts;
    const began = runtime.monotonic();
    let ok = false;
    try {
      await this.#listAndConfirm();
      // Two may run at once: what the later one has seen counts.
      this.#completedFrom = Math.max(this.#completedFrom, began);
      ok = true;
    } finally {
      observer.refreshed?.(ok, (runtime.monotonic() - began) / 1_000);
    }
  }

  async #listAndConfirm(): Promise<void> {
    const { store, index, reader, runtime } = this.#parts;
    const sweep = index.beginSweep();
    const changed = new Set(reader.quarantinedNames());
    const hints = cutAt(index.namesEvery(NAMES_BETWEEN_CUTS), RANGES_AT_ONCE);
    const isTimeToPause = breather(runtime);
    let since = runtime.monotonic();
    this.#listedMs = 0;
    for await (const page of store.list(MANIFEST_PREFIX, hints)) {
      const now = runtime.monotonic();
      this.#listedMs += Math.min(now - since, LONGEST_PAGE_MS);
      since = now;
      for (const { key, etag } of page) {
        const name = nameOfKey(key);
        if (name !== undefined && !index.sweepSaw(sweep, name, etag)) changed.add(name);
        if (isTimeToPause()) await runtime.sleep(0);
      }
    }
    for (const entry of index.entries()) {
      if (entry.sweep < sweep) changed.add(entry.name);
      if (isTimeToPause()) await runtime.sleep(0);
    }
    await this.#confirm(changed);
  }

  async #confirm(names: ReadonlySet<string>): Promise<void> {
    const queue = names.values();
    const worker = async () => {
      for (const name of queue) await this.#read(name);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }

  async #read(name: string): Promise<void> {
    const { reader, log } = this.#parts;
    try {
      await reader.fresh(name);
    } catch (err) {
      const asksTheStore = reader.isQuarantined(name);
      // Not read is not damaged: a refresh that leaves such a name out of the index is not complete.
      const isNotRead = err instanceof ErrStoreUnavailable || err instanceof StoreError;
      if ((isNotRead || err instanceof ErrTooBusy) && !asksTheStore) throw err;
      if (asksTheStore || !isName(name)) {
        // Told when the catalog was loaded.
        log.debug({ err, name }, 'a manifest that could not be read before still cannot');
      } else if (err instanceof ErrCorruptManifest || err instanceof ErrUpgradeRequired) {
        log.error(
          { err, name },
          'a manifest in the store cannot be read; the last good one is served',
        );
      } else {
        log.error({ err, name }, 'a manifest could not be refreshed');
      }
    }
  }
}
