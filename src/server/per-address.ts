import { sourceOf } from '../rpc/source-of.ts';

/** Counts connections by where they come from. */
export class PerAddress {
  readonly #counts = new Map<string, number>();
  readonly #max: number;

  /** @param max connections from one address at a time. */
  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Counts one more connection from an address.
   *
   * @returns what takes it off the count again; `undefined` if there are as many as there may be.
   */
  enter(address: string): (() => void) | undefined {
    const key = sourceOf(address);
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#max) return undefined;
    this.#counts.set(key, count + 1);
    return () => {
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    };
  }
}
