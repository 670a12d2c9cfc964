import { compareUtf8 } from './text.ts';

/** What has a name. */
interface Named {
  readonly name: string;
}

/**
 * Things of the index in the byte order of the UTF-8 of their names (R8): in blocks, so that what a change
 * costs does not grow with the catalog. In one array of a million, each insertion moves 8 MB.
 */
export class SortedByName<T extends Named> {
  /** None is empty, but for the only one there is. */
  #blocks: T[][] = [[]];
  #size = 0;
  readonly #maxBlock: number;

  /**
   * @param items in any order, no name twice.
   * @param maxBlock the most items in one block, which is what a change of one name may move.
   */
  constructor(items: Iterable<T> = [], maxBlock = 1_024) {
    this.#maxBlock = maxBlock;
    const sorted = [...items].sort((a, b) => compareUtf8(a.name, b.name));
    if (sorted.length === 0) return;
    this.#size = sorted.length;
    // Half full, or the first insertions would split them all.
    const half = Math.ceil(maxBlock / 2);
    this.#blocks = [];
    for (let i = 0; i < sorted.length; i += half) this.#blocks.push(sorted.slice(i, i + half));
  }

  /** Number of items. */
  get size(): number {
    return this.#size;
  }

  /** Adds an item, in place of the one of its name if there is one. */
  set(item: T): void {
    const { block, at } = this.#lowerBound(item.name);
    const items = this.#blocks[block] as T[];
    if (items[at]?.name === item.name) {
      items[at] = item;
      return;
    }
    items.splice(at, 0, item);
    this.#size++;
    if (items.length <= this.#maxBlock) return;
    this.#blocks.splice(block + 1, 0, items.splice(Math.ceil(items.length / 2)));
  }

  /** Removes the item of a name, if there is one. */
  remove(name: string): void {
    const { block, at } = this.#lowerBound(name);
    const items = this.#blocks[block] as T[];
    if (items[at]?.name !== name) return;
    items.splice(at, 1);
    this.#size--;
    if (items.length === 0 && this.#blocks.length > 1) this.#blocks.splice(block, 1);
  }

  /**
   * The items whose names begin with `prefix` and come after `after`, a block at a time. Not to be held
   * over changes: to be used up before anything else runs.
   */
  *runs(prefix: string, after: string | undefined): Generator<readonly T[]> {
    const isAfter = after !== undefined && compareUtf8(after, prefix) >= 0;
    let { block, at } = this.#lowerBound(isAfter ? after : prefix);
    if (isAfter && this.#blocks[block]?.[at]?.name === after) at++;
    for (; block < this.#blocks.length; block++, at = 0) {
      const items = this.#blocks[block] as T[];
      let end = items.length;
      // Where the last name begins with the prefix, all do that are in between.
      if (!items.at(-1)?.name.startsWith(prefix)) {
        for (end = at; items[end]?.name.startsWith(prefix); ) end++;
      }
      yield items.slice(at, end);
      if (end < items.length) return;
    }
  }

  /** Items, in order, with about so many others between each two of them. */
  *every(distance: number): Generator<T> {
    let since = 0;
    for (const items of this.#blocks) {
      since += items.length;
      const last = items.at(-1);
      if (since < distance || last === undefined) continue;
      since = 0;
      yield last;
    }
  }

  /** The place of the first name that is not before `name`: in the last block, it may be behind its end. */
  #lowerBound(name: string): { block: number; at: number } {
    const block = Math.min(
      firstNotBefore(this.#blocks, (items) => items.at(-1)?.name ?? name, name),
      this.#blocks.length - 1,
    );
    const items = this.#blocks[block] as T[];
    return { block, at: firstNotBefore(items, (each) => each.name, name) };
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
