import { type Entry, isLive, isRestorable } from './entry.ts';
import { SortedNames } from './sorted-names.ts';
import { compareUtf8 } from './text.ts';

/**
 * The manifests in memory: an index over the store, never the truth (the truth is the file). Keeps
 * tombstones for writers, and shows readers only what is live, or what can be undeleted if they ask.
 */
export class ManifestIndex {
  #entries = new Map<string, Entry>();
  #liveNames = new SortedNames();
  #deletedNames = new SortedNames();
  readonly #onChange: (name: string) => void;

  /** @param onChange told of each name whose entry is another one now; not of {@link load}. */
  constructor(onChange: (name: string) => void = () => {}) {
    this.#onChange = onChange;
  }

  /** Replaces everything at once. */
  load(entries: ReadonlyMap<string, Entry>): void {
    const all = [...entries.values()];
    this.#entries = new Map(entries);
    this.#liveNames = new SortedNames(all.filter(isLive).map(({ name }) => name));
    this.#deletedNames = new SortedNames(all.filter(isRestorable).map(({ name }) => name));
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

  /** Number of deleted manifests that can be undeleted. */
  get deletedSize(): number {
    return this.#deletedNames.size;
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
    place(this.#liveNames, name, isLive(shown));
    place(this.#deletedNames, name, isRestorable(shown));
    if (shown?.etag !== now?.etag) this.#onChange(name);
    return shown;
  }

  /**
   * The live entries whose names begin with `prefix` and come after `after`, in order. To be used up
   * at once.
   *
   * @param showDeleted whether those that can be undeleted are among them.
   */
  *scan(prefix: string, after: string | undefined, showDeleted = false): Generator<Entry> {
    const live = this.#liveNames.scan(prefix, after);
    const names = showDeleted ? merged(live, this.#deletedNames.scan(prefix, after)) : live;
    for (const name of names) yield this.#entries.get(name) as Entry;
  }
}

function place(names: SortedNames, name: string, belongs: boolean): void {
  if (belongs) names.add(name);
  else names.remove(name);
}

/** Two ordered sequences without a common name as one. */
function* merged(a: Iterator<string>, b: Iterator<string>): Generator<string> {
  let [x, y] = [a.next(), b.next()];
  while (!x.done && !y.done) {
    if (compareUtf8(x.value, y.value) < 0) {
      yield x.value;
      x = a.next();
    } else {
      yield y.value;
      y = b.next();
    }
  }
  for (; !x.done; x = a.next()) yield x.value;
  for (; !y.done; y = b.next()) yield y.value;
}
