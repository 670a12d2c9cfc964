import { existsSync, readFileSync } from 'node:fs';
import type { Operation } from './exchange.ts';
import { checkAccept } from './negotiation.ts';

/**
 * `GET /openapi.yaml`: the description of this interface (OpenAPI 3.1), read once.
 *
 * @throws {Error} if the installation lacks it.
 */
export function openApiDocument(): Operation {
  const body = readFileSync(locate(), 'utf8');
  return async ({ request }) => {
    checkAccept(request, 'application/yaml');
    return { status: 200, headers: { 'content-type': 'application/yaml' }, body };
  };
}

/** The sources and the built files lie at different depths below the package's root. */
function locate(): URL {
  let url = new URL('./openapi.yaml', import.meta.url);
  for (let depth = 0; depth < 6; depth += 1) {
    if (existsSync(url)) return url;
    url = new URL('../openapi.yaml', url);
  }
  throw new Error('openapi.yaml is missing: the installation is incomplete');
}
