import { quote } from '../catalog/errors.ts';
import type { HttpRequest } from '../http/exchange.ts';
import { type EntityTag, parseEntityTags } from './entity-tags.ts';
import { badHeader, listHeader } from './headers.ts';

/**
 * The etag which a write expects, out of If-Match (RFC 9110 section 13.1.1); empty without one.
 *
 * A condition must hold or the write must not happen, so one that a write cannot be bound to is
 * refused rather than ignored: `*` and a choice of several tags are decided by looking first,
 * which is a race. A weak tag, or the empty one, is one that no manifest ever has: it is handed
 * on as it stands, and the call fails where stale etags do, in the order which the contract has.
 *
 * @throws {ErrInvalidArgument} for a condition that cannot be honoured, or is malformed.
 */
export function expectedEtag(request: HttpRequest): string {
  for (const [name, advice] of REFUSED_ON_WRITES) {
    if (listHeader(request, name) !== undefined) throw badHeader(name, advice);
  }
  const header = listHeader(request, 'if-match');
  if (header === undefined) return '';
  const tags = tagsOf('if-match', header);
  const [tag] = tags === '*' ? [] : tags;
  if (tag === undefined || tags.length > 1) {
    const advice = 'give the one etag that the manifest was read with';
    throw badHeader(
      'if-match',
      `must be a single etag for a write, not ${quote(header)}; ${advice}`,
    );
  }
  return tag.weak || tag.opaque === '' ? written(tag) : tag.opaque;
}

const REFUSED_ON_WRITES = [
  [
    'if-none-match',
    'cannot be honoured for a write; leave it out: PUT is idempotent, and `existing` says whether it created',
  ],
  ['if-unmodified-since', 'is too coarse a condition for a write; give the etag in If-Match'],
  ['content-range', 'cannot be honoured: a body is always taken as a whole'],
] as const;

/** Whether a read is to go on, given the etag of what it found (RFC 9110 section 13.2.2). */
export function readCondition(
  request: HttpRequest,
): (etag: string) => 'proceed' | 'not-modified' | { readonly mismatch: string } {
  const match = listHeader(request, 'if-match');
  const noneMatch = listHeader(request, 'if-none-match');
  const wanted = match === undefined ? '*' : tagsOf('if-match', match);
  const unwanted = noneMatch === undefined ? [] : tagsOf('if-none-match', noneMatch);
  return (etag) => {
    const isWanted = wanted === '*' || wanted.some(({ weak, opaque }) => !weak && opaque === etag);
    if (!isWanted) return { mismatch: match ?? '' };
    const isKnown = unwanted === '*' || unwanted.some(({ opaque }) => opaque === etag);
    return isKnown ? 'not-modified' : 'proceed';
  };
}

function tagsOf(name: string, header: string): '*' | readonly EntityTag[] {
  const tags = parseEntityTags(header);
  if (tags !== undefined) return tags;
  throw badHeader(name, `must hold etags in double quotes, such as "1-a0b1", not ${quote(header)}`);
}

function written({ weak, opaque }: EntityTag): string {
  return `${weak ? 'W/' : ''}"${opaque}"`;
}
