import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eachListed } from '../../src/store/each-listed.ts';
import { openS3Store } from '../../src/store/s3.ts';
import { listRanges, NotInOrderError, type PageStart } from '../../src/store/s3-ranges.ts';
import fc from '../support/fast-check.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';
import { bytes } from './objects.ts';

const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A server that lists these keys in the order given, from behind the place that it is asked for. */
function server(
  keys: readonly string[],
  pageSize: number,
  isBehind = (after: string, key: string) => compare(key, after) > 0,
) {
  return async ({ after, token }: PageStart) => {
    const first =
      token === undefined
        ? keys.findIndex((key) => after === undefined || isBehind(after, key))
        : Number(token);
    const from = first === -1 ? keys.length : first;
    const to = Math.min(keys.length, from + pageSize);
    return {
      objects: keys.slice(from, to).map((key) => ({ key, etag: 'e', sizeBytes: 1 })),
      token: to < keys.length ? String(to) : undefined,
    };
  };
}

async function keysOf(pages: ReturnType<typeof listRanges>): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of pages) keys.push(...page.map(({ key }) => key));
  return keys;
}

const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 });

describe('a listing in ranges', () => {
  it('shows each key once, whatever the keys, the cuts and the pages', async () => {
    const cases = fc.asyncProperty(
      fc.uniqueArray(key),
      fc.array(key, { minLength: 1 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      async (keys, cuts, pageSize, atOnce) => {
        const sorted = keys.toSorted(compare);
        const shown = await keysOf(listRanges(server(sorted, pageSize), cuts, atOnce));
        expect(shown.toSorted(compare)).toEqual(sorted);
      },
    );
    await fc.assert(cases);
  });

  it('has no more pages under way than it may, and all of them where it can', async () => {
    const keys = Array.from({ length: 100 }, (_, i) => `k${String(i).padStart(3, '0')}`);
    const read = server(keys, 4);
    let [now, most] = [0, 0];
    const counted = async (start: PageStart) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now -= 1;
      return read(start);
    };
    const cuts = keys.filter((_, i) => i % 10 === 0);
    expect(await keysOf(listRanges(counted, cuts, 3))).toHaveLength(100);
    expect(most).toBe(3);
  });

  it('reads no page beyond a range whose last key ends a page', async () => {
    const keys = Array.from({ length: 12 }, (_, i) => `k${String(i).padStart(2, '0')}`);
    const read = server(keys, 2);
    let pages = 0;
    const counted = (start: PageStart) => {
      pages += 1;
      return read(start);
    };
    expect(await keysOf(listRanges(counted, ['k03', 'k07'], 1))).toHaveLength(12);
    expect(pages).toBe(6);
  });

  it('fails before its first page where the server begins anywhere, later where it is out of order', async () => {
    const anywhere = listRanges(
      server(['a', 'b', 'c'], 2, () => true),
      ['b'],
      2,
    );
    await expect(anywhere.next()).rejects.toThrow(NotInOrderError);
    const mixed = listRanges(server(['a', 'c', 'e', 'd'], 2), ['b'], 1);
    expect((await mixed.next()).value).toHaveLength(1 + 1);
    await expect(keysOf(mixed)).rejects.toThrow(NotInOrderError);
  });
});

describe('an S3 server that takes no notice of start-after', () => {
  let double: S3Double;
  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID = 'double';
    process.env.AWS_SECRET_ACCESS_KEY = 'double-secret';
    double = await startS3Double({ pageSize: 3, ignoresStartAfter: true });
  });
  afterAll(() => double.close());

  it('is listed in one piece, and asked for ranges only once', async () => {
    const endpoint = encodeURIComponent(double.endpoint);
    const store = await openS3Store(`s3://catalog/p?endpoint=${endpoint}&path_style=true`);
    const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
    for (const each of keys) await store.put(each, bytes(each), { kind: 'create' });
    for (let round = 0; round < 2; round += 1) {
      const shown: string[] = [];
      for await (const object of eachListed(store, 'k', { cuts: ['k3', 'k6'], atOnce: 2 })) {
        shown.push(object.key);
      }
      expect(shown).toEqual(keys);
    }
    expect(double.seen.filter(({ query }) => query.has('start-after'))).toHaveLength(1);
    await store.close();
  });
});
