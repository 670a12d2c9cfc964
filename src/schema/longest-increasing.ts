/**
 * The members of a longest increasing subsequence of distinct numbers: those that can stay where they
 * are while the others move. In n log n steps.
 */
export function longestIncreasing(values: readonly number[]): ReadonlySet<number> {
  // ends[k] is the smallest value that a run of k + 1 can end with so far, and the run before it.
  const ends: Run[] = [];
  for (const value of values) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] as Run).value < value) low = middle + 1;
      else high = middle;
    }
    ends[low] = { value, before: ends[low - 1] };
  }
  const members = new Set<number>();
  for (let run = ends.at(-1); run !== undefined; run = run.before) members.add(run.value);
  return members;
}

interface Run {
  readonly value: number;
  readonly before: Run | undefined;
}
