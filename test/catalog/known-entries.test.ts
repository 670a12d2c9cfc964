import { expect, it } from '@jest/globals';
import { KnownEntries } from '../../src/catalog/known-entries.ts';
import { PackedEntry } from '../../src/catalog/packed-entry.ts';
import { Slab } from '../../src/catalog/slab.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import fc from '../support/fast-check.ts';

const slab = new Slab(Buffer.alloc(0));
const name = fc.string({ unit: 'grapheme', maxLength: 2 });
const etag = fc.constantFrom('1', '2');
const pair = fc.tuple(name, etag);

it('confirms what is there with its etag, whatever the order in which it is known and listed', async () => {
  const cases = fc.asyncProperty(
    fc.array(pair),
    fc.array(fc.uniqueArray(pair, { selector: ([each]) => each }), { minLength: 1, maxLength: 3 }),
    async (pairs, listings) => {
      const known = new KnownEntries(
        pairs.map(([name, etag]) => new PackedEntry(name, etag, slab, 0, 0)),
      );
      const has = new Set(pairs.map((each) => each.join()));
      for (const listing of listings) {
        known.begin();
        for (const each of listing) expect(known.confirm(...each)).toBe(has.has(each.join()));
        const confirmed = await known.confirmed(new FakeRuntime());
        const expected = listing.filter((each) => has.has(each.join()));
        expect([...confirmed.values()].map(({ name, storeEtag }) => [name, storeEtag])).toEqual(
          expected.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
        );
      }
    },
  );
  const twoOfOneName: [string, string][] = [
    ['a', '1'],
    ['a', '2'],
  ];
  await fc.assert(cases, { examples: [[twoOfOneName, [[['a', '1']], [['a', '1']]]]] });
});

it('cuts its names into runs of the same length', () => {
  const names = Array.from({ length: 10 }, (_, i) => `n${i}`);
  const known = new KnownEntries(names.map((each) => new PackedEntry(each, '1', slab, 0, 0)));
  expect(known.namesEvery(4)).toEqual(['n3', 'n7']);
});
