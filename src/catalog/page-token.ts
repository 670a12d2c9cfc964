import { hash } from 'node:crypto';
import { ErrBadPageToken } from './errors.ts';

/** The format of tokens; another one is refused rather than misread. */
const FORMAT = 1;

/**
 * Makes a page token (AIP-158): opaque to callers, bound to the arguments of the listing, and valid
 * at every replica, for it holds all there is to know.
 *
 * @param args the arguments which must be the same on the next page.
 * @param cursor where the next page begins; strings and numbers.
 */
export function makePageToken(args: readonly unknown[], cursor: readonly unknown[]): string {
  return Buffer.from(JSON.stringify([FORMAT, digest(args), ...cursor])).toString('base64url');
}

/**
 * Reads a page token.
 *
 * @returns the cursor, whose types the caller checks; `undefined` for the empty token, the first page.
 * @throws {ErrBadPageToken} for what is no token, or that of other arguments.
 */
export function readPageToken(
  token: string,
  args: readonly unknown[],
): readonly unknown[] | undefined {
  if (token === '') return undefined;
  const parsed = parse(token);
  if (!Array.isArray(parsed) || parsed[0] !== FORMAT) {
    throw new ErrBadPageToken('is not a token of this catalog; start again without one');
  }
  if (parsed[1] !== digest(args)) {
    throw new ErrBadPageToken('belongs to a listing with other arguments; start again without one');
  }
  return parsed.slice(2);
}

function parse(token: string): unknown {
  // The longest token holds a name of 512 bytes, which JSON may escape.
  if (token.length > 8192) return undefined;
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function digest(args: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(args), 'base64url').slice(0, 11);
}
