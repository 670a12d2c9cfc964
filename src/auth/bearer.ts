import { BadCredentials } from './refusal.ts';

/** `credentials` of RFC 6750 section 2.1; the scheme's case does not count (RFC 9110 section 11.1). */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * The bearer token of a call. Only the header can hold one: not the query, a cookie, or the body.
 *
 * @param header the `authorization` header; of several, joined by commas, none counts: which one does
 *   is what a proxy and a server may see differently.
 * @returns `undefined` if there is no such header.
 * @throws {BadCredentials} for another scheme, several headers, or what is no token.
 */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const token = BEARER.exec(header)?.[1];
  if (token === undefined)
    throw new BadCredentials('other', 'the authorization header is no bearer token');
  return token;
}
