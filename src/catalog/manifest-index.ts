import { type Entry, isKept, isLive, isRestorable } from './entry.ts';
import { Flat } from './flat.ts';
import { NameScope } from './name-scope.ts';
import { type Slab, SlabAllocator } from './slab.ts';
import { SortedByName } from './sorted-by-name.ts';
import { compareUtf8 } from './text.ts';

/** The size of the slabs for what is written: of up to 300 manifests of some objects. */
const SLAB_BYTES = 256 * 1024;

/**
 * The manifests in memory: an index over the store, never the truth (the truth is the file). Keeps
 * tombstones for writers, and shows readers only what is live, or what can be undeleted if they ask.
 */
export class ManifestIndex {
  #entries = new Map<string, Entry>();
  #live = new SortedByName<Entry>();
  #deleted = new SortedByName<Entry>();
  #purged = new SortedByName<Entry>();
  readonly #slabs = new SlabAllocator(SLAB_BYTES, (full) => this.#tidy(full));
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
    const live: Entry[] = [];
    const deleted: Entry[] = [];
    const purged: Entry[] = [];
    const held = new Set<Slab>();
    this.#entries = entries;
    for (const entry of entries.values()) {
      held.add(entry.hold(this.#slabs));
      entry.sweep = 0;
      if (isRestorable(entry)) deleted.push(entry);
      else (isLive(entry) ? live : purged).push(entry);
    }
    // Of a checkpoint that is old, little may be in use.
    for (const slab of held) this.#tidy(slab);
    this.#live = new SortedByName(live);
    this.#deleted = new SortedByName(deleted);
    this.#purged = new SortedByName(purged);
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
    for (const sorted of [this.#live, this.#deleted, this.#purged]) {
      for (let after: string | undefined; ; ) {
        const some = take(new Flat(sorted.runs('', after)), step).map(({ name }) => name);
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
  *namesEvery(distance: number): Generator<string> {
    for (const { name } of this.#live.every(distance)) yield name;
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
    return this.#live.size;
  }

  /** Number of deleted manifests that can be undeleted. */
  get deletedSize(): number {
    return this.#deleted.size;
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
    const left = now?.release();
    this.#changes++;
    if (shown === undefined) this.#entries.delete(name);
    else {
      // A name that comes while a sweep is under way cannot be missed by it.
      shown.sweep = now?.sweep ?? this.#sweep;
      this.#entries.set(name, shown);
      shown.hold(this.#slabs);
    }
    if (left !== undefined) this.#tidy(left);
    place(this.#live, name, isLive(shown) ? shown : undefined);
    place(this.#deleted, name, isRestorable(shown) ? shown : undefined);
    place(this.#purged, name, isKept(shown) ? undefined : shown);
    if (shown?.etag !== now?.etag) this.#onChange(name);
    return shown;
  }

  /**
   * Has a name told as changed that the index knew nothing of, as it does now: watchers were told that
   * it may exist, and it does not.
   */
  tell(name: string): void {
    this.#onChange(name);
  }

  /**
   * The live entries whose names begin with `prefix` and come after `after`, in order. To be used up
   * at once.
   *
   * @param scope which of them; only these are looked at.
   * @param showDeleted whether those that can be undeleted are among them.
   */
  scan(
    prefix: string,
    after: string | undefined,
    scope = NameScope.all,
    showDeleted = false,
  ): Iterable<Entry> {
    return new Flat(this.#runs(prefix, after, scope, showDeleted));
  }

  /** Empties a slab that is kept for little. */
  #tidy(slab: Slab): void {
    if (!slab.isSparse || this.#slabs.isFilling(slab)) return;
    for (const entry of slab.takeHeld()) {
      if (this.#entries.get(entry.name) === entry) entry.leave(slab, this.#slabs);
    }
  }

  *#runs(
    prefix: string,
    after: string | undefined,
    scope: NameScope,
    showDeleted: boolean,
  ): Generator<readonly Entry[]> {
    for (const range of scope.within(prefix, after)) {
      if ('name' in range) {
        const entry = this.#entries.get(range.name);
        if (isLive(entry) || (showDeleted && isRestorable(entry))) yield [entry];
      } else {
        const live = this.#live.runs(range.prefix, after);
        yield* showDeleted ? merged(live, this.#deleted.runs(range.prefix, after)) : live;
      }
    }
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

/** @param entry absent: it does not belong there. */
function place(sorted: SortedByName<Entry>, name: string, entry: Entry | undefined): void {
  if (entry === undefined) sorted.remove(name);
  else sorted.set(entry);
}

type Runs = Iterable<readonly Entry[]>;

/** Two ordered sequences without a common name as one. */
function* merged(some: Runs, others: Runs): Generator<readonly Entry[]> {
  const [a, b] = [new Flat(some), new Flat(others)];
  let [x, y] = [a.next(), b.next()];
  while (!x.done && !y.done) {
    if (compareUtf8(x.value.name, y.value.name) < 0) {
      yield [x.value];
      x = a.next();
    } else {
      yield [y.value];
      y = b.next();
    }
  }
  for (; !x.done; x = a.next()) yield [x.value];
  for (; !y.done; y = b.next()) yield [y.value];
}
