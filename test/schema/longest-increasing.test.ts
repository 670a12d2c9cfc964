import { expect, it } from '@jest/globals';
import { longestIncreasing } from '../../src/schema/longest-increasing.ts';
import fc from '../support/fast-check.ts';

it.each([
  [[], []],
  [[3], [3]],
  [
    [0, 1, 2],
    [0, 1, 2],
  ],
  [
    [2, 0, 1],
    [0, 1],
  ],
  [
    [1, 2, 0],
    [1, 2],
  ],
  [
    [0, 4, 1, 5, 2, 3],
    [0, 1, 2, 3],
  ],
])('of %j is %j', (values, expected) => {
  expect([...longestIncreasing(values)].sort()).toEqual(expected);
});

/** As long as the longest, found by trying all. */
function longest([first, ...rest]: readonly number[], above = -1): number {
  if (first === undefined) return 0;
  const without = longest(rest, above);
  return first > above ? Math.max(without, 1 + longest(rest, first)) : without;
}

it('is an increasing subsequence, and none is longer', () => {
  const values = fc.uniqueArray(fc.nat(30), { maxLength: 10 });
  fc.assert(
    fc.property(values, (all) => {
      const members = longestIncreasing(all);
      const run = all.filter((value) => members.has(value));
      expect(run).toEqual([...run].sort((a, b) => a - b));
      expect(members.size).toBe(run.length);
      expect(run.length).toBe(longest(all));
    }),
    { numRuns: 300 },
  );
});
