import { type Entry, isKept, isLive, isRestorable } from './entry.ts';
import { NameScope } from './name-scope.ts';
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
  #purgedNames = new SortedNames();
  #sweep = 0;
  #changes = 0;
  readonly #onChange: (name: string) => void;

  /** @param onChange told of each name whose entry is another one now; not of {@link load}. */
  constructor(onChange: (name: string) => void = () => {}) {
    this.#onChange = onChange;
  }

  /**
   * Replaces everything at once.
   *
   * @param entries belongs to the index from now on.
   */
  load(entries: Map<string, Entry>): void {
    const live: string[] = [];
    const deleted: string[] = [];
    const purged: string[] = [];
    for (const [name, entry] of entries) {
      entry.hold();
      entry.sweep = 0;
      if (isRestorable(entry)) deleted.push(name);
      else (isLive(entry) ? live : purged).push(name);
    }
    this.#entries = entries;
    this.#liveNames = new SortedNames(live);
    this.#deletedNames = new SortedNames(deleted);
    this.#purgedNames = new SortedNames(purged);
  }

  /** The entry of a name, tombstones included. */
  get(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /**
   * All entries, tombstones included, in no promised order. May be held over changes: what is there
   * throughout comes once, what comes or goes meanwhile may or may not.
   */
  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  /**
   * All entries: the live ones in the order of their names, then the deleted, then the purged ones. May
   * be held over changes, as {@link entries}.
   *
   * @param step how many are looked up at once.
   */
  *walk(step: number): Generator<Entry> {
    for (const names of [this.#liveNames, this.#deletedNames, this.#purgedNames]) {
      for (let after: string | undefined; ; ) {
        const some = take(names.scan('', after), step);
        for (const name of some) {
          const entry = this.#entries.get(name);
          if (entry !== undefined) yield entry;
        }
        if (some.length < step) break;
        after = some.at(-1);
      }
    }
  }

  /** Live names, in order, with about so many others between each two of them. */
  namesEvery(distance: number): Iterable<string> {
    return this.#liveNames.every(distance);
  }

  /** Counts the changes of entries. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * Begins to find out which entries a listing does not show. Every entry bears the number of the
   * latest sweep that knew of it, for a set of a million names takes long enough to build for callers
   * to notice.
   *
   * @returns the number of the sweep.
   */
  beginSweep(): number {
    return ++this.#sweep;
  }

  /**
   * Notes that a listing shows a name.
   *
   * @returns whether the index has it with this etag.
   */
  sweepSaw(sweep: number, name: string, storeEtag: string): boolean {
    const entry = this.#entries.get(name);
    if (entry === undefined) return false;
    // Two sweeps may be under way.
    entry.sweep = Math.max(entry.sweep, sweep);
    return entry.storeEtag === storeEtag;
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
    now?.release();
    this.#changes++;
    if (shown === undefined) this.#entries.delete(name);
    else {
      // A name that comes while a sweep is under way cannot be missed by it.
      shown.sweep = now?.sweep ?? this.#sweep;
      shown.hold();
      this.#entries.set(name, shown);
    }
    place(this.#liveNames, name, isLive(shown));
    place(this.#deletedNames, name, isRestorable(shown));
    place(this.#purgedNames, name, shown !== undefined && !isKept(shown));
    if (shown?.etag !== now?.etag) this.#onChange(name);
    return shown;
  }

  /**
   * The live entries whose names begin with `prefix` and come after `after`, in order. To be used up
   * at once.
   *
   * @param scope which of them; only these are looked at.
   * @param showDeleted whether those that can be undeleted are among them.
   */
  *scan(
    prefix: string,
    after: string | undefined,
    scope = NameScope.all,
    showDeleted = false,
  ): Generator<Entry> {
    for (const range of scope.within(prefix, after)) {
      if ('name' in range) {
        const entry = this.#entries.get(range.name);
        if (isLive(entry) || (showDeleted && isRestorable(entry))) yield entry;
      } else yield* this.#scanAll(range.prefix, after, showDeleted);
    }
  }

  *#scanAll(prefix: string, after: string | undefined, showDeleted: boolean): Generator<Entry> {
    const live = this.#liveNames.scan(prefix, after);
    const names = showDeleted ? merged(live, this.#deletedNames.scan(prefix, after)) : live;
    for (const name of names) yield this.#entries.get(name) as Entry;
  }
}

function take<T>(items: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const item of items) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
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
