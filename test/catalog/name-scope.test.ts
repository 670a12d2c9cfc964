import { describe, expect, test } from '@jest/globals';
import { NameScope } from '../../src/catalog/name-scope.ts';
import { SortedByName } from '../../src/catalog/sorted-by-name.ts';
import { compareUtf8 } from '../../src/catalog/text.ts';
import fc from '../support/fast-check.ts';

describe('a scope of names', () => {
  test.each([
    ['team', 'team', true],
    ['team', 'team/a', true],
    ['team', 'team/a/b', true],
    ['team', 'teamx', false],
    ['team', 'teamx/a', false],
    ['team', 'Team/a', false],
    ['team', 'a/team', false],
    ['team/', 'team', false],
    ['team/', 'team/a', true],
    ['team/', 'team-2/a', false],
    ['a/b', 'a', false],
    ['a/b', 'a/bc', false],
    ['*', 'anything/at/all', true],
  ])('%s and %s: %s', (pattern, name, covered) => {
    expect(NameScope.of([pattern]).covers(name)).toBe(covered);
  });

  test('of nothing covers nothing', () => {
    expect(NameScope.of([])).toBe(NameScope.none);
    expect(NameScope.none.covers('a')).toBe(false);
    expect([...NameScope.none.within('', undefined)]).toEqual([]);
  });

  test('is the same for the same names, however they were written', () => {
    const one = NameScope.of(['b', 'a/', 'a/x', 'b/c/']);
    expect(one.key).toBe(NameScope.of(['a/', 'b']).key);
    expect(one.key).not.toBe(NameScope.of(['a', 'b']).key);
    expect(NameScope.of(['*', 'a']).key).toBe('');
  });

  const segment = fc.constantFrom('a', 'b', 'a-', 'a.', 'ab', 'é', '\u{1F5C2}');
  const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const pattern = fc.tuple(name, fc.constantFrom('', '/')).map(([path, end]) => path + end);

  test('has ranges that hold each of its names once, in order, and no other', () => {
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 6 }),
        fc.uniqueArray(name, { maxLength: 40 }),
        fc.constantFrom('', 'a', 'a/', 'a/b', 'ab/a', 'é'),
        fc.option(name, { nil: undefined }),
        (patterns, names, prefix, after) => {
          const scope = NameScope.of(patterns);
          const index = new SortedByName(names.map((each) => ({ name: each })));
          const scan = (from: string) =>
            [...index.runs(from, after)].flat().map((item) => item.name);
          const found = [...scope.within(prefix, after)].flatMap((range) =>
            'name' in range
              ? names.filter(
                  (each) =>
                    each === range.name && (after === undefined || compareUtf8(each, after) > 0),
                )
              : scan(range.prefix),
          );
          const expected = scan(prefix).filter((each) =>
            patterns.some((p) =>
              p.endsWith('/') ? each.startsWith(p) : each === p || each.startsWith(`${p}/`),
            ),
          );
          expect(found).toEqual(expected);
          for (const each of names) {
            expect(scope.covers(each)).toBe(
              patterns.some((p) =>
                p.endsWith('/') ? each.startsWith(p) : each === p || each.startsWith(`${p}/`),
              ),
            );
          }
        },
      ),
    );
  });
});
