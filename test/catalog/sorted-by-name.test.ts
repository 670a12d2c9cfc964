import { describe, expect, it } from '@jest/globals';
import { SortedByName } from '../../src/catalog/sorted-by-name.ts';
import fc from '../support/fast-check.ts';

const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('SortedByName', () => {
  it('scans as a sorted map would, whatever was set and removed', () => {
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
          const items = first.map((each) => ({ name: each }));
          const sorted = new SortedByName(items, maxBlock);
          const model = new Map(items.map((item) => [item.name, item]));
          for (const [add, changed] of changes) {
            if (add) {
              const item = { name: changed };
              sorted.set(item);
              model.set(changed, item);
            } else {
              sorted.remove(changed);
              model.delete(changed);
            }
          }
          expect(sorted.size).toBe(model.size);
          const found = [...sorted.runs(prefix, after)].flat();
          expect(found.map((item) => item.name)).toEqual(
            [...model.keys()]
              .filter(
                (n) => n.startsWith(prefix) && (after === undefined || bytewise(n, after) > 0),
              )
              .sort(bytewise),
          );
          for (const item of found) expect(item).toBe(model.get(item.name));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
