import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SortedNames } from '../../src/catalog/sorted-names.ts';

const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('SortedNames', () => {
  it('scans as a sorted set would, whatever was added and removed', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '-', '.', '/', '\u{10000}', '\uff5e'),
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(name),
        fc.array(fc.tuple(fc.boolean(), name)),
        name,
        fc.option(name, { nil: undefined }),
        fc.integer({ min: 1, max: 8 }),
        (first, changes, prefix, after, maxBlock) => {
          const names = new SortedNames(first, maxBlock);
          const model = new Set(first);
          for (const [add, changed] of changes) {
            if (add) {
              names.add(changed);
              model.add(changed);
            } else {
              names.remove(changed);
              model.delete(changed);
            }
          }
          expect(names.size).toBe(model.size);
          expect([...names.scan(prefix, after)]).toEqual(
            [...model]
              .filter(
                (n) => n.startsWith(prefix) && (after === undefined || bytewise(n, after) > 0),
              )
              .sort(bytewise),
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
