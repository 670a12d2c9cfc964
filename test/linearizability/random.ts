import { randomStream } from '../manifest/mutate.ts';

/** Everything random in a run, from one seed. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = randomStream(seed);
  }

  /** A stream of its own: how often one part draws does not change what another part gets. */
  fork(): Random {
    return new Random(Math.floor(this.#next() * 2 ** 32));
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  /** At least `least`, less than `most`. */
  between(least: number, most: number): number {
    return least + this.#next() * (most - least);
  }

  /** A whole number; at least 0, less than `n`. */
  below(n: number): number {
    return Math.floor(this.#next() * n);
  }

  pick<T>(values: readonly T[]): T {
    if (values.length === 0) throw new RangeError('nothing to pick from');
    return values[this.below(values.length)] as T;
  }

  /** One of the keys, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.between(
      0,
      entries.reduce((sum, [, weight]) => sum + weight, 0),
    );
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    return (entries.at(-1) as [K, number])[0];
  }
}
