import { describe, expect, it } from '@jest/globals';
import { SHARED } from './cluster.ts';
import { faultKinds } from './faults.ts';
import { Figures } from './figures.ts';
import { KNOWN_HISTORIES } from './known.ts';
import type { SeedResult } from './run-seed.ts';

const KINDS = [
  ...faultKinds(SHARED.faults, ['get', 'put', 'list']),
  ...['SIGKILL', 'SIGKILL of all', 'SIGSTOP', 'SIGCONT'],
];
const operations = KNOWN_HISTORIES.flatMap(({ history }) => history.operations);
const many = Array.from({ length: 5 }, () => operations).flat();

function result(faults: readonly string[], ran = many) {
  return {
    history: { seed: 1, operations: ran },
    faults: new Map(faults.map((kind) => [kind, 1])),
    together: 1,
    checkMs: 1,
  } as unknown as SeedResult;
}

describe('a run', () => {
  it('counts when enough has succeeded and enough went wrong', () => {
    expect(new Figures(SHARED).add(result(KINDS))).toEqual([]);
  });

  it('does not count when too few operations succeeded', () => {
    const few = result(KINDS, operations.slice(0, 20));
    expect(new Figures(SHARED).add(few)).toEqual([
      expect.stringMatching(/^only \d+ operations of kind write succeeded$/),
      expect.stringMatching(/^only \d+ operations of kind read succeeded$/),
    ]);
  });

  it('does not count when most kinds of faults did not occur', () => {
    const [lacking] = new Figures(SHARED).add(result(KINDS.slice(0, 5)));
    expect(lacking).toMatch(/^most kinds of faults did not occur: .*SIGKILL/);
  });
});

describe('twenty runs', () => {
  function twenty(faults: readonly string[], ran = many): Figures {
    const figures = new Figures(SHARED);
    for (let i = 0; i < 20; i++) figures.add(result(faults, ran));
    return figures;
  }

  it('count when every kind of fault occurred', () => {
    expect(twenty(KINDS).lacking()).toEqual([]);
  });

  it('do not count when one kind never did', () => {
    const without = KINDS.filter((kind) => kind !== 'put late-long');
    expect(twenty(without).lacking()).toEqual([
      'kinds of faults that never occurred: put late-long',
    ]);
  });

  it('do not count when one kind of write never succeeded', () => {
    const without = many.filter((each) => each.kind === 'read' || each.input.method !== 'purge');
    expect(twenty(KINDS, without).lacking()).toEqual(['calls that never wrote: purge']);
  });
});
