import type { HttpRequest } from './exchange.ts';

/** A header of a request, by its name in lower case; several of one name are joined by `, `. */
export function headerOf(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
