import { ErrInvalidArgument } from './errors.ts';
import { DEFAULT_PAGE_SIZE, MAX_ANSWER_BYTES, MAX_PAGE_SIZE } from './limits.ts';

/** What an item adds to an answer besides its own bytes: a field's tag and its length. */
const ITEM_OVERHEAD_BYTES = 8;

/**
 * One page of a listing while it is filled: at most so many encoded items, and no more bytes than fit into
 * one answer, but at least one item if there is any.
 */
export class Page {
  readonly items: Uint8Array[] = [];
  readonly #limit: number;
  #bytes = 0;

  /**
   * @param pageSize as the caller gave it: 0 for the default, above the maximum for the maximum (AIP-158).
   * @throws {ErrInvalidArgument} for a negative page size.
   */
  constructor(pageSize: number) {
    if (pageSize < 0) {
      const description = `must be 0 (for ${DEFAULT_PAGE_SIZE}) or more, not ${pageSize}`;
      throw new ErrInvalidArgument([{ field: 'page_size', description }]);
    }
    this.#limit = Math.min(pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize, MAX_PAGE_SIZE);
  }

  /** Adds an item if there is room for it. @returns whether there is. */
  add(item: Uint8Array): boolean {
    const { items } = this;
    const bytes = this.#bytes + item.length + ITEM_OVERHEAD_BYTES;
    if (items.length === this.#limit || (items.length > 0 && bytes > MAX_ANSWER_BYTES))
      return false;
    this.#bytes = bytes;
    items.push(item);
    return true;
  }
}
