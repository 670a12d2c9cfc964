import { NameScope } from '../name-scope.ts';

/**
 * Which names have changed last, each with the sequence number of its latest change. It remembers a
 * bounded number of names; below the floor it has forgotten some.
 */
export class ChangeLog {
  /** By the latest change of each name, oldest first: a name that changes moves to the end. */
  readonly #latest = new Map<string, number>();
  readonly #maxNames: number;
  #sequence = 0;
  #floor = 0;

  /** @param maxNames how many names are remembered at most. */
  constructor(maxNames: number) {
    this.#maxNames = maxNames;
  }

  /** The number of the latest change; 0 before the first. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Notes a change of a name. */
  add(name: string): void {
    this.#sequence++;
    this.#latest.delete(name);
    this.#latest.set(name, this.#sequence);
    if (this.#latest.size > this.#maxNames) this.#forget();
  }

  /**
   * The names that begin with `prefix` and have changed after `sequence`, the oldest change first.
   *
   * @param atMost how many names are of use.
   * @param scope which names count.
   * @returns `undefined` if some may have been forgotten, or if there are more than that.
   */
  since(
    sequence: number,
    prefix: string,
    atMost: number,
    scope = NameScope.all,
  ): readonly string[] | undefined {
    if (sequence < this.#floor) return undefined;
    const names: string[] = [];
    for (const [name, changed] of this.#latest) {
      if (changed <= sequence || !name.startsWith(prefix) || !scope.covers(name)) continue;
      if (names.length === atMost) return undefined;
      names.push(name);
    }
    return names;
  }

  /** Forgets the oldest hundredth: a map takes long to find its first entry after many deletions. */
  #forget(): void {
    let left = Math.ceil(this.#maxNames / 100);
    for (const [name, changed] of this.#latest) {
      this.#latest.delete(name);
      this.#floor = changed;
      left--;
      if (left === 0) return;
    }
  }
}
