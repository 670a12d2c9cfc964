import { ErrInvalidArgument } from './errors.ts';
import { DEFAULT_PAGE_SIZE, MAX_ANSWER_BYTES, MAX_PAGE_SIZE } from './limits.ts';

/** One page of a listing. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Whether there is more behind the last item. */
  readonly more: boolean;
}

/** What an item adds to an answer besides its own bytes: a field's tag and its length. */
const ITEM_OVERHEAD_BYTES = 8;

/**
 * Cuts a page off a listing: at most `pageSize` items, and no more bytes than fit into one answer,
 * but at least one item if there is any.
 *
 * @param pageSize as the caller gave it: 0 for the default, above the maximum for the maximum (AIP-158).
 * @param sizeOf bytes of an item in the answer.
 * @throws {ErrInvalidArgument} for a negative page size.
 */
export function cutPage<T>(
  items: Iterable<T>,
  pageSize: number,
  sizeOf: (item: T) => number,
): Page<T> {
  if (pageSize < 0) {
    const description = `must be 0 (for ${DEFAULT_PAGE_SIZE}) or more, not ${pageSize}`;
    throw new ErrInvalidArgument([{ field: 'page_size', description }]);
  }
  const limit = Math.min(pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize, MAX_PAGE_SIZE);
  const page: T[] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += sizeOf(item) + ITEM_OVERHEAD_BYTES;
    if (page.length === limit || (page.length > 0 && bytes > MAX_ANSWER_BYTES)) {
      return { items: page, more: true };
    }
    page.push(item);
  }
  return { items: page, more: false };
}
