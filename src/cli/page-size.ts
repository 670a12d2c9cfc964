import { readInteger } from './integer.ts';

/** What the service itself takes when asked for 0; said outright, so that help can name it. */
const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000n;

/** @throws {UsageError} if the text is not a page size. */
export function readPageSize(text: string | undefined): number {
  return text === undefined
    ? DEFAULT_PAGE_SIZE
    : Number(readInteger('--page-size', text, 1n, MAX_PAGE_SIZE));
}
