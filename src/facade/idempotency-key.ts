import { quote } from '../catalog/errors.ts';
import type { HttpRequest } from '../http/exchange.ts';
import { badHeader, singleHeader } from './headers.ts';

const NAME = 'idempotency-key';

/** A String of structured fields (RFC 9651 section 3.3.3). */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/**
 * The request id out of the header Idempotency-Key; empty without one. Either a String in quotes,
 * as the IETF's draft of that header has it, or the bare characters, as most APIs take it.
 *
 * @throws {ErrInvalidArgument} for an empty one, which a client surely did not mean, or a
 *   malformed one. What the id may consist of is the catalog's to say.
 */
export function idempotencyKey(request: HttpRequest): string {
  const header = singleHeader(request, NAME)?.trim();
  if (header === undefined) return '';
  const key = header.startsWith('"') ? QUOTED.exec(header)?.[1]?.replace(/\\(.)/g, '$1') : header;
  if (key === undefined) throw badHeader(NAME, `is not a well-formed string: ${quote(header)}`);
  if (key === '') throw badHeader(NAME, 'must not be empty; leave it out to do without');
  return key;
}
