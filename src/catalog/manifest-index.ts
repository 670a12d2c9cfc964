import { type Entry, isLive } from './entry.ts';
import { SortedNames } from './sorted-names.ts';

/**
 * The manifests in memory: an index over the store, never the truth (the truth is the file). Keeps
 * tombstones for writers, and shows readers only what is live.
 */
export class ManifestIndex {
  #entries = new Map<string, Entry>();
  #liveNames = new SortedNames();

  /** Replaces everything at once. */
  load(entries: ReadonlyMap<string, Entry>): void {
    const live = [...entries.values()].filter(isLive).map(({ name }) => name);
    this.#entries = new Map(entries);
    this.#liveNames = new SortedNames(live);
  }

  /** The entry of a name, tombstones included. */
  get(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /** The names of all entries, tombstones included. */
  names(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Number of live manifests. */
  get size(): number {
    return this.#liveNames.size;
  }

  /**
   * Takes what a read or a write of the store has shown of a name. Memory does not go back to an
   * older version, except where the read proves that the store itself did.
   *
   * @param before the entry as it was when the read or write began. While it still is the entry, what
   *   the store shows is newer than what it came from, whatever its version.
   * @returns the entry as it is now.
   */
  observe(name: string, shown: Entry | undefined, before: Entry | undefined): Entry | undefined {
    const now = this.#entries.get(name);
    const older = now !== undefined && (shown === undefined || shown.version < now.version);
    if (older && now !== before) return now;
    if (shown === undefined) this.#entries.delete(name);
    else this.#entries.set(name, shown);
    if (isLive(shown)) this.#liveNames.add(name);
    else this.#liveNames.remove(name);
    return shown;
  }

  /** The live entries whose names begin with `prefix` and come after `after`, in order. To be used up at once. */
  *scan(prefix: string, after: string | undefined): Generator<Entry> {
    for (const name of this.#liveNames.scan(prefix, after)) {
      yield this.#entries.get(name) as Entry;
    }
  }
}
