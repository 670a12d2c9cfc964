import { type HttpHandler, type HttpRequest, quote, sendJson, sendProblem } from './http.ts';
import type { Readiness } from './readiness.ts';

/**
 * The plain HTTP resources:
 *
 *  - `/healthz`: 200 while the process lives.
 *  - `/readyz`: 200 when calls are served, else 503 with the state and the reason.
 *
 * Everything else is a 404 with a problem document (RFC 9457).
 */
export function createHttpRoutes(readiness: Readiness): HttpHandler {
  return (request, response) => {
    const path = pathOf(request);
    if (path !== '/healthz' && path !== '/readyz') {
      sendProblem(request, response, 404, 'Not Found', `There is nothing at ${quote(path)}.`);
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      const detail = `${path} answers to GET and HEAD only.`;
      sendProblem(request, response, 405, 'Method Not Allowed', detail);
    } else if (path === '/healthz') {
      sendJson(request, response, 200, { status: 'ok' });
    } else {
      const { state, reason } = readiness.status;
      const body = reason === '' ? { status: state } : { status: state, reason };
      sendJson(request, response, readiness.isReady ? 200 : 503, body);
    }
  };
}

function pathOf(request: HttpRequest): string {
  const url = request.url ?? '';
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
