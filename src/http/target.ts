/** The target of a request, taken apart and still encoded. */
export interface Target {
  /** Begins with `/`, unless the request has no path at all, as `OPTIONS *`. */
  readonly path: string;
  /** What stands behind the `?`; empty if there is none. */
  readonly query: string;
}

/**
 * Takes a request target apart (RFC 9112 section 3.2): origin-form as clients send it, and
 * absolute-form as they send it to a proxy. Nothing is decoded, resolved or normalised: what
 * `URL` makes of `..` would be another path than the one which was asked for.
 */
export function parseTarget(url: string | undefined): Target {
  const target = (url ?? '').replace(/^https?:\/\/[^/?#]*/i, '');
  const at = target.indexOf('?');
  return at < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, at), query: target.slice(at + 1) };
}
