import type { IncomingHttpHeaders } from 'node:http';

/**
 * Puts all `authorization` headers of a request into one, joined by commas as other headers are. Node
 * keeps the first alone, a proxy may have looked at the last: joined, they are no credentials at all.
 */
export function joinAuthorization(
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
): void {
  if (headers.authorization === undefined) return;
  const values = rawHeaders.filter(
    (_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === 'authorization',
  );
  if (values.length > 1) headers.authorization = values.join(', ');
}
