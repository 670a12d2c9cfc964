import { compareUtf8 } from './text.ts';

/**
 * The names of the index in the byte order of their UTF-8 (R8). A sorted array: a million names
 * take a memmove of 8 MB per insertion, far below the cost of the put that goes with it.
 */
export class SortedNames {
  readonly #names: string[];

  /** @param names in any order, no name twice. */
  constructor(names: Iterable<string> = []) {
    this.#names = [...names].sort(compareUtf8);
  }

  /** Number of names. */
  get size(): number {
    return this.#names.length;
  }

  /** Adds a name, if it is not there. */
  add(name: string): void {
    const at = this.#lowerBound(name);
    if (this.#names[at] !== name) this.#names.splice(at, 0, name);
  }

  /** Removes a name, if it is there. */
  remove(name: string): void {
    const at = this.#lowerBound(name);
    if (this.#names[at] === name) this.#names.splice(at, 1);
  }

  /**
   * The names that begin with `prefix` and come after `after`. Not to be held over changes: to be
   * used up before anything else runs.
   */
  *scan(prefix: string, after: string | undefined): Generator<string> {
    let at = this.#lowerBound(prefix);
    if (after !== undefined && compareUtf8(after, prefix) >= 0) {
      at = this.#lowerBound(after);
      if (this.#names[at] === after) at++;
    }
    for (; at < this.#names.length; at++) {
      const name = this.#names[at] as string;
      if (!name.startsWith(prefix)) return;
      yield name;
    }
  }

  /** The first place whose name is not before `name`. */
  #lowerBound(name: string): number {
    let low = 0;
    let high = this.#names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareUtf8(this.#names[middle] as string, name) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
