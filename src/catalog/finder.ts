import type { Caller } from './call.ts';
import { answerOrLeave } from './caller.ts';
import { type Entry, isKept, isLive } from './entry.ts';
import type { ManifestIndex } from './manifest-index.ts';
import type { ManifestReader } from './manifest-reader.ts';
import { MissCache } from './miss-cache.ts';
import { type ReadOptions, WEAK } from './read-options.ts';
import type { Runtime } from './runtime.ts';

/** The parts a {@link Finder} works with. */
export interface FinderParts {
  readonly index: ManifestIndex;
  readonly reader: ManifestReader;
  readonly runtime: Runtime;
  /** Whether other processes may write to the store. */
  readonly shared: boolean;
}

/** Decides for each read whether the index may answer it, or only the store can (R15, R16). */
export class Finder {
  readonly #parts: FinderParts;
  readonly #misses: MissCache;

  constructor(parts: FinderParts) {
    this.#parts = parts;
    this.#misses = new MissCache(parts.runtime);
  }

  /**
   * The entry of a name, as fresh as asked for, or `undefined` if there is none to show to this caller. A weak read that misses asks the
   * store too, for another replica may have created the dataset a moment ago.
   *
   * @throws {ErrStoreUnavailable} and other errors of {@link ManifestReader.fresh}, if the store is asked.
   * @throws {ErrDeadlineExceeded} {@link ErrCanceled} if the caller leaves before it has answered.
   */
  async find(
    name: string,
    caller: Caller,
    { strong, minVersion, showDeleted }: ReadOptions = WEAK,
  ): Promise<Entry | undefined> {
    if (!caller.reads.covers(name)) return undefined;
    const { index, reader, runtime, shared } = this.#parts;
    const isShown = showDeleted ? isKept : isLive;
    if (!reader.isUndecided(name)) {
      const known = index.get(name);
      if (!shared) return isShown(known) ? known : undefined;
      if (!strong) {
        if (isShown(known) && known.version >= minVersion) return known;
        if (minVersion === 0n && this.#misses.has(name)) return undefined;
      }
    }
    const asked = runtime.monotonic();
    const entry = await this.fresh(name, caller);
    if (isShown(entry)) return entry;
    this.#misses.add(name, asked);
    return undefined;
  }

  /** Asks the store, for as long as the caller waits. */
  fresh(name: string, caller: Caller): Promise<Entry | undefined> {
    return answerOrLeave(name, caller, { sent: false }, this.#parts.reader.fresh(name));
  }
}
