import { CatalogError } from '../catalog/errors.ts';
import { send } from '../facade/answer.ts';
import type { Facade } from '../facade/facade.ts';
import { problemOf } from '../facade/problem.ts';
import {
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  quote,
  sendBytes,
  sendJson,
  sendProblem,
} from '../http/exchange.ts';
import { headerOf } from '../http/header.ts';
import { parseTarget } from '../http/target.ts';
import type { Admission, Door } from '../rpc/admission.ts';
import type { Log } from './log.ts';
import { peerOfRequest } from './peer.ts';
import type { Readiness } from './readiness.ts';

/** Metrics that can be scraped. */
export interface Scraped {
  readonly contentType: string;
  /** All metrics, as text. */
  render(): Promise<string>;
}

/** A resource, and who may see it. */
interface Resource {
  readonly door: Door;
  readonly handler: HttpHandler;
}

/** What answers the plain HTTP resources. */
export interface HttpRoutesParts {
  /** Without it there are no probes here. */
  readonly readiness: Readiness | undefined;
  readonly admission: Admission;
  readonly facade: Facade | undefined;
  readonly metrics: Scraped | undefined;
  readonly log: Log;
}

/**
 * The plain HTTP resources:
 *
 *  - `/healthz`: 200 while the process lives.
 *  - `/readyz`: 200 when calls are served, else 503 with the state and the reason.
 *  - `/metrics`: for Prometheus, if there are any.
 *
 * Everything else is for the facade, if there is one, or a 404 with a problem document (RFC 9457).
 */
export function createHttpRoutes({
  readiness,
  admission,
  facade,
  metrics,
  log,
}: HttpRoutesParts): HttpHandler {
  const handlers: Record<string, HttpHandler> = {
    ...(readiness && {
      '/healthz': (request, response) => sendJson(request, response, 200, { status: 'ok' }),
      '/readyz': (request, response) => {
        const { state, reason } = readiness.status;
        const body = reason === '' ? { status: state } : { status: state, reason };
        sendJson(request, response, readiness.isReady ? 200 : 503, body);
      },
    }),
    ...(metrics && {
      '/metrics': (request, response) => void scrape(request, response, metrics, log),
    }),
  };
  const resources: Record<string, Resource> = Object.fromEntries(
    Object.entries(handlers).map(([path, handler]) => [
      path,
      { door: admission.door(`GET ${path}`), handler },
    ]),
  );
  return (request, response) => {
    if (facade?.(request, response) === true) return;
    const { path } = parseTarget(request.url);
    const resource = Object.hasOwn(resources, path) ? resources[path] : undefined;
    if (resource === undefined) {
      sendProblem(request, response, 404, 'Not Found', `There is nothing at ${quote(path)}.`);
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      const detail = `${path} answers to GET and HEAD only.`;
      sendProblem(request, response, 405, 'Method Not Allowed', detail);
    } else {
      void enter(resource, request, response, log);
    }
  };
}

/** Lets the caller in, or tells it why not. Never rejects. */
async function enter(
  { door, handler }: Resource,
  request: HttpRequest,
  response: HttpResponse,
  log: Log,
): Promise<void> {
  try {
    await door.enter({
      protocol: 'http',
      peer: peerOfRequest(request),
      header: (name) => headerOf(request, name),
      setHeader: (name, value) => response.setHeader(name, value),
    });
  } catch (err) {
    if (!(err instanceof CatalogError)) log.error({ err }, 'a caller could not be told');
    send(request, response, problemOf(err));
    return;
  }
  handler(request, response);
}

async function scrape(
  request: HttpRequest,
  response: HttpResponse,
  metrics: Scraped,
  log: Log,
): Promise<void> {
  try {
    const text = await metrics.render();
    sendBytes(request, response, 200, Buffer.from(text), metrics.contentType);
  } catch (err) {
    log.error({ err }, 'the metrics could not be rendered');
    const detail = 'The metrics could not be rendered; the log says why.';
    sendProblem(request, response, 500, 'Internal Server Error', detail);
  }
}
