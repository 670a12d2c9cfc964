import type { Caller } from './call.ts';
import { answerOrLeave } from './caller.ts';
import { type Entry, isLive } from './entry.ts';
import { type Freshness, WEAK } from './freshness.ts';
import type { ManifestIndex } from './manifest-index.ts';
import type { ManifestReader } from './manifest-reader.ts';
import { MissCache } from './miss-cache.ts';
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
   * The live entry of a name, as fresh as asked for, or `undefined`. A weak read that misses asks the
   * store too, for another replica may have created the dataset a moment ago.
   *
   * @throws {ErrStoreUnavailable} and other errors of {@link ManifestReader.fresh}, if the store is asked.
   * @throws {ErrDeadlineExceeded} {@link ErrCanceled} if the caller leaves before it has answered.
   */
  async find(
    name: string,
    caller: Caller,
    freshness: Freshness = WEAK,
  ): Promise<Entry | undefined> {
    const { index, reader, runtime, shared } = this.#parts;
    if (!reader.isUndecided(name)) {
      const known = index.get(name);
      if (!shared) return isLive(known) ? known : undefined;
      if (!freshness.strong) {
        if (isLive(known) && known.version >= freshness.minVersion) return known;
        if (freshness.minVersion === 0n && this.#misses.has(name)) return undefined;
      }
    }
    const asked = runtime.monotonic();
    const entry = await this.fresh(name, caller);
    if (isLive(entry)) return entry;
    this.#misses.add(name, asked);
    return undefined;
  }

  /** Asks the store, for as long as the caller waits. */
  fresh(name: string, caller: Caller): Promise<Entry | undefined> {
    return answerOrLeave(name, caller, { sent: false }, this.#parts.reader.fresh(name));
  }
}
