import { describe, expect, it } from '@jest/globals';
import { violationsOf } from './check.ts';
import { checkLinearizable } from './checker.ts';
import { brokenInvariants } from './invariants.ts';
import { BROKEN_PROMISES, KNOWN_HISTORIES } from './known.ts';

describe('the checker of linearizability', () => {
  it.each(KNOWN_HISTORIES.filter(({ good }) => good))('accepts $title', ({ history }) => {
    expect(violationsOf(history)).toEqual([]);
  });

  // By the search alone: that the invariants see some of them too must not hide it.
  it.each(KNOWN_HISTORIES.filter(({ good }) => !good))('refuses $title', ({ history }) => {
    expect(checkLinearizable(history.operations).kind).toBe('violation');
    expect(violationsOf(history)).not.toEqual([]);
  });

  it('says at which state which operations do not fit', () => {
    const stale = KNOWN_HISTORIES.find(({ title }) => title === 'a stale strong read');
    const [, violation] = violationsOf(stale?.history ?? { seed: 0, operations: [] });
    expect(violation ?? violationsOf(stale?.history as never)[0]).toMatch(
      /From version 2 .* no operation can come next:\n {2}\[31\.0\.\.40\.0\] #2 .*strong get/,
    );
  });
});

describe('the invariants', () => {
  it.each(BROKEN_PROMISES)('see $title', ({ history }) => {
    expect(checkLinearizable(history.operations).kind).toBe('linearizable');
    expect(brokenInvariants(history)).toHaveLength(1);
  });
});
