/** The items of runs, one after another. No generator: that takes several times as long for each. */
export class Flat<T> implements Iterator<T>, Iterable<T> {
  readonly #runs: Iterator<readonly T[]>;
  #run: readonly T[] = [];
  #at = 0;

  constructor(runs: Iterable<readonly T[]>) {
    this.#runs = runs[Symbol.iterator]();
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T, undefined> {
    while (this.#at === this.#run.length) {
      const { done, value } = this.#runs.next();
      if (done === true) return { done: true, value: undefined };
      this.#run = value;
      this.#at = 0;
    }
    return { done: false, value: this.#run[this.#at++] as T };
  }
}
