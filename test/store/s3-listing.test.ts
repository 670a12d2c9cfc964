import { describe, expect, it } from '@jest/globals';
import { splitPage as split } from '../../src/store/s3-listing.ts';
import fc from '../support/fast-check.ts';

function splitPage(page: string) {
  const { objects, rest } = split(Buffer.from(page));
  return { objects, rest: rest.toString() };
}

const xml = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const object = fc.record({
  key: fc.string({ unit: 'grapheme', minLength: 1 }),
  etag: fc.stringMatching(/^[^"]*$/),
  sizeBytes: fc.maxSafeNat(),
  modifiedMs: fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 }), { nil: undefined }),
});
type Listed = typeof object extends fc.Arbitrary<infer T> ? T : never;

const shown = ({ key, etag, sizeBytes, modifiedMs }: Listed) =>
  `<Contents><Key>${xml(key)}</Key>${
    modifiedMs === undefined
      ? ''
      : `<LastModified>${new Date(modifiedMs).toISOString()}</LastModified>`
  }<ETag>${xml(etag)}</ETag><Size>${sizeBytes}</Size><Owner><ID>x</ID></Owner></Contents>`;

describe('a page of a listing', () => {
  it('is split into its objects and the rest, whatever their keys', () => {
    fc.assert(
      fc.property(fc.array(object), (objects) => {
        const page = `<?xml?><R><Name>b</Name>${objects.map(shown).join('\n')}<K>1</K></R>`;
        const { objects: found, rest } = splitPage(page);
        expect(found).toEqual(objects);
        expect(rest.replaceAll('\n', '')).toBe('<?xml?><R><Name>b</Name><K>1</K></R>');
      }),
    );
  });

  it('reads named, decimal and hexadecimal references', () => {
    const page =
      '<Contents><Key>a&amp;b&lt;&#x1F600;</Key><ETag>&quot;e&#34;</ETag><Size>1</Size></Contents>';
    expect(splitPage(page).objects).toEqual([
      { key: 'a&b<\u{1F600}', etag: 'e', sizeBytes: 1, modifiedMs: undefined },
    ]);
  });

  it.each([
    ['&quot;e&quot;', 'e'],
    ['"e"', 'e'],
    ['&#34;e&quot;', 'e'],
    ['e', 'e'],
    ['&quot;', '"'],
    ['&quot;&quot;', ''],
    ['&quot;&quot;e&quot;&quot;', '"e"'],
    ['&quot;a&amp;b&quot;', 'a&b'],
    ['', ''],
  ])('takes the quotes off an etag: %s', (text, etag) => {
    const page = `<Contents><Key>k</Key><ETag>${text}</ETag><Size>1</Size></Contents>`;
    expect(splitPage(page).objects).toMatchObject([{ etag }]);
  });

  it.each([
    ['2026-11-25T10:20:30.456Z', Date.UTC(2026, 10, 25, 10, 20, 30, 456)],
    ['2026-11-25T10:20:30Z', Date.UTC(2026, 10, 25, 10, 20, 30)],
    ['2026-11-25T10:20:30.4567890Z', Date.UTC(2026, 10, 25, 10, 20, 30, 456)],
    ['not a time in 24 letters', undefined],
    ['', undefined],
  ])('reads the time %s', (text, modifiedMs) => {
    const page = `<Contents><Key>k</Key><LastModified>${text}</LastModified><ETag>e</ETag><Size>1</Size></Contents>`;
    expect(splitPage(page).objects).toMatchObject([{ modifiedMs }]);
  });

  it.each([
    '<Contents><Key>a</Key><ETag>e</ETag></Contents>',
    '<Contents><Key>a</Key><ETag>e</ETag><Size></Size></Contents>',
    '<Contents><Key>a</Key><ETag>e</ETag><Size>1</Size><Size>1</Size></Contents>',
    '<Contents><Key>a</Key><ETag>e</ETag><Size>x</Size></Contents>',
    '<Contents><Key>a&unknown;</Key><ETag>e</ETag><Size>1</Size></Contents>',
    '<Contents><Key>a</Key><Key>b</Key><ETag>e</ETag><Size>1</Size></Contents>',
    '<Contents><Key><![CDATA[a]]></Key><ETag>e</ETag><Size>1</Size></Contents>',
    '<Contents><Key>a</Key><ETag>e</ETag><Size>1</Size>',
  ])('with something else in it is left as it is: %s', (page) => {
    expect(splitPage(`<R>${page}</R>`)).toEqual({ objects: undefined, rest: `<R>${page}</R>` });
  });
});
