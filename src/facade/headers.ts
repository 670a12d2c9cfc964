import { ErrInvalidArgument } from '../catalog/errors.ts';
import type { HttpRequest } from '../http/exchange.ts';

/**
 * A header that may stand in a request once.
 *
 * From the raw headers: of some that are repeated Node keeps the first, others it joins by commas,
 * and either way a request would come to mean something that its sender may not have meant.
 *
 * @param name in lower case.
 * @throws {ErrInvalidArgument} if it is there more than once.
 */
export function singleHeader(request: HttpRequest, name: string): string | undefined {
  const values = valuesOf(request, name);
  if (values.length > 1) throw badHeader(name, `is there ${values.length} times; send it once`);
  return values[0];
}

/**
 * A header whose value is a list, which may be spread over several lines (RFC 9110 section 5.3).
 *
 * @param name in lower case.
 */
export function listHeader(request: HttpRequest, name: string): string | undefined {
  const values = valuesOf(request, name);
  return values.length === 0 ? undefined : values.join(', ');
}

function valuesOf({ rawHeaders }: HttpRequest, name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
}

/** The refusal of a request for one of its headers. */
export function badHeader(name: string, description: string): ErrInvalidArgument {
  return new ErrInvalidArgument([{ field: name, description }]);
}
