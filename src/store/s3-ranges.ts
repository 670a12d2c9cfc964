import type { ListedObject } from './store.ts';

/** Where a page of a listing begins: behind a key, or where the page before has said. */
export interface PageStart {
  readonly after?: string | undefined;
  readonly token?: string | undefined;
}

/** A page of a listing. */
export interface Page {
  readonly objects: readonly ListedObject[];
  /** What the next page begins with; `undefined` behind the last. */
  readonly token: string | undefined;
}

/** The server does not list in the byte order of keys, or takes no notice of where to begin. */
export class NotInOrderError extends Error {
  override name = 'NotInOrderError';
}

interface Range {
  /** The key behind which it begins. */
  readonly after: string | undefined;
  /** Its last key, whether there is such an object or not. */
  readonly upTo: string | undefined;
}

interface RangePage extends Page {
  readonly range: Range;
}

/**
 * The pages of a listing that is cut into ranges, of which some are read at once. Pages come in no order;
 * each object is in one range, so it is shown once.
 *
 * @param cuts keys, in any order.
 * @param atOnce how many pages are asked for at once.
 * @throws {NotInOrderError} if the server cannot be asked so; before the first page if the first range
 *   shows it.
 */
export async function* listRanges(
  readPage: (start: PageStart) => Promise<Page>,
  cuts: readonly string[],
  atOnce: number,
): AsyncGenerator<readonly ListedObject[]> {
  const ends = [...new Set(cuts)].sort(compareBytes);
  const ranges = [...ends, undefined].map((upTo, i): Range => ({ after: ends[i - 1], upTo }));
  // The first that begins behind a key: it tells whether the server honours that.
  const [probe, ...others] = [...ranges.slice(1), ...ranges.slice(0, 1)];
  if (probe === undefined) return;
  const pending = new Map<Range, Promise<RangePage>>();
  const ask = (range: Range, token?: string, last?: string) => {
    const page = readRange(readPage, range, token, last);
    // One that fails while another page is being used is looked at later, or never.
    page.catch(() => {});
    pending.set(range, page);
  };
  ask(probe);
  await pending.get(probe);
  while (pending.size + others.length > 0) {
    while (others.length > 0 && pending.size < atOnce) ask(others.shift() as Range);
    const { range, objects, token } = await Promise.race(pending.values());
    pending.delete(range);
    if (token !== undefined) ask(range, token, objects.at(-1)?.key);
    yield objects;
  }
}

/** Reads a page of a range; none is after it once the last key of the range has come, or one beyond. */
async function readRange(
  readPage: (start: PageStart) => Promise<Page>,
  range: Range,
  token: string | undefined,
  last: string | undefined,
): Promise<RangePage> {
  const page = await readPage(token === undefined ? { after: range.after } : { token });
  checkOrder(page.objects, last ?? range.after);
  const { upTo } = range;
  const end = page.objects.at(-1)?.key;
  if (upTo === undefined || end === undefined) return { ...page, range };
  const order = compareBytes(end, upTo);
  if (order < 0) return { ...page, range };
  if (order === 0) return { range, objects: page.objects, token: undefined };
  const lastOfRange = page.objects.findLastIndex(({ key }) => compareBytes(key, upTo) <= 0);
  return { range, objects: page.objects.slice(0, lastOfRange + 1), token: undefined };
}

function checkOrder(objects: readonly ListedObject[], after: string | undefined): void {
  let before = after;
  for (const { key } of objects) {
    // The order of UTF-16 is that of bytes for nearly all keys, and costs next to nothing to look at.
    if (before !== undefined && before >= key && compareBytes(before, key) >= 0) {
      throw new NotInOrderError(`the listing shows ${key} behind ${before}`);
    }
    before = key;
  }
}

/** The order in which S3 lists: that of the bytes of the keys in UTF-8. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
