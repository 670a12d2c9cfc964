/** The value below which the share `q` of the values lies, 0 to 1. @throws {Error} for no values. */
export function quantile(values: readonly number[], q: number): number {
  const value = [...values].sort((a, b) => a - b)[Math.round(q * (values.length - 1))];
  if (value === undefined) throw new Error('there is no quantile of nothing');
  return value;
}

/** The median; of an even number of values, one that was measured. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * Measures several subjects in turn, `rounds` times, so that whatever else the machine does meets all
 * of them, and gives the median of each figure.
 */
export async function inTurns<S extends string, F extends string>(
  rounds: number,
  subjects: readonly S[],
  measure: (subject: S, round: number) => Promise<Readonly<Record<F, number>>>,
): Promise<Readonly<Record<S, Readonly<Record<F, number>>>>> {
  const measured = new Map<S, Readonly<Record<F, number>>[]>();
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      measured.set(subject, [...(measured.get(subject) ?? []), await measure(subject, round)]);
    }
  }
  return Object.fromEntries(
    [...measured].map(([subject, all]) => {
      const names = Object.keys(all[0] ?? {}) as F[];
      return [subject, Object.fromEntries(names.map((f) => [f, median(all.map((m) => m[f]))]))];
    }),
  ) as Record<S, Record<F, number>>;
}
