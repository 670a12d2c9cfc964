import { compareUtf8 } from './text.ts';

/**
 * The names of the index in the byte order of their UTF-8 (R8): in blocks, so that what a change costs
 * does not grow with the catalog. In one array of a million, each insertion moves 8 MB.
 */
export class SortedNames {
  /** None is empty, but for the only one there is. */
  #blocks: string[][] = [[]];
  #size = 0;
  readonly #maxBlock: number;

  /**
   * @param names in any order, no name twice.
   * @param maxBlock the most names in one block, which is what a change of one name may move.
   */
  constructor(names: Iterable<string> = [], maxBlock = 1_024) {
    this.#maxBlock = maxBlock;
    const sorted = [...names].sort(compareUtf8);
    if (sorted.length === 0) return;
    this.#size = sorted.length;
    // Half full, or the first insertions would split them all.
    const half = Math.ceil(maxBlock / 2);
    this.#blocks = [];
    for (let i = 0; i < sorted.length; i += half) this.#blocks.push(sorted.slice(i, i + half));
  }

  /** Number of names. */
  get size(): number {
    return this.#size;
  }

  /** Adds a name, if it is not there. */
  add(name: string): void {
    const { block, at } = this.#lowerBound(name);
    const names = this.#blocks[block] as string[];
    if (names[at] === name) return;
    names.splice(at, 0, name);
    this.#size++;
    if (names.length <= this.#maxBlock) return;
    this.#blocks.splice(block + 1, 0, names.splice(Math.ceil(names.length / 2)));
  }

  /** Removes a name, if it is there. */
  remove(name: string): void {
    const { block, at } = this.#lowerBound(name);
    const names = this.#blocks[block] as string[];
    if (names[at] !== name) return;
    names.splice(at, 1);
    this.#size--;
    if (names.length === 0 && this.#blocks.length > 1) this.#blocks.splice(block, 1);
  }

  /**
   * The names that begin with `prefix` and come after `after`. Not to be held over changes: to be
   * used up before anything else runs.
   */
  *scan(prefix: string, after: string | undefined): Generator<string> {
    const isAfter = after !== undefined && compareUtf8(after, prefix) >= 0;
    let { block, at } = this.#lowerBound(isAfter ? after : prefix);
    if (isAfter && this.#blocks[block]?.[at] === after) at++;
    for (; block < this.#blocks.length; block++, at = 0) {
      const names = this.#blocks[block] as string[];
      for (; at < names.length; at++) {
        const name = names[at] as string;
        if (!name.startsWith(prefix)) return;
        yield name;
      }
    }
  }

  /** Names, in order, with about so many others between each two of them. */
  *every(distance: number): Generator<string> {
    let since = 0;
    for (const names of this.#blocks) {
      since += names.length;
      const last = names.at(-1);
      if (since < distance || last === undefined) continue;
      since = 0;
      yield last;
    }
  }

  /** The place of the first name that is not before `name`: in the last block, it may be behind its end. */
  #lowerBound(name: string): { block: number; at: number } {
    const block = Math.min(
      firstNotBefore(this.#blocks, (names) => names.at(-1) ?? name, name),
      this.#blocks.length - 1,
    );
    const names = this.#blocks[block] as string[];
    return { block, at: firstNotBefore(names, (each) => each, name) };
  }
}

/** Where the first of the ordered items is whose name is not before `name`. */
function firstNotBefore<T>(items: readonly T[], nameOf: (item: T) => string, name: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(nameOf(items[middle] as T), name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
