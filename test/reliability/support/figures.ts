import { quantile } from '../../../bench/support/statistics.ts';

export const MIB = 1024 * 1024;

/** As `123.4`. */
export const inMiB = (bytes: number): string => (bytes / MIB).toFixed(1);

/** A quantile in milliseconds, or NaN of nothing. */
export function msAt(values: readonly number[], q: number): number {
  return values.length === 0 ? Number.NaN : Math.round(quantile(values, q) * 10) / 10;
}

/** How much the values grow from the first place to the last, by the line of least squares. */
export function growth(values: readonly number[]): number {
  const n = values.length;
  if (n < 2) return 0;
  const meanAt = (n - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let [over, under] = [0, 0];
  for (const [at, value] of values.entries()) {
    over += (at - meanAt) * (value - mean);
    under += (at - meanAt) ** 2;
  }
  return (over / under) * (n - 1);
}

/** Counts by key. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(key: string): void {
    this.#counts.set(key, this.of(key) + 1);
  }

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  keys(): string[] {
    return [...this.#counts.keys()];
  }

  total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  toString(): string {
    const all = [...this.#counts].sort(([, a], [, b]) => b - a);
    return all.map(([key, count]) => `${key} ${count}`).join(', ') || 'none';
  }
}
