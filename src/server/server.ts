import type { AddressInfo } from 'node:net';
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import type { Facade, Serving } from '../facade/facade.ts';
import { Admission } from '../rpc/admission.ts';
import type { UnaryRoute } from '../rpc/unary-routes.ts';
import { createHttpRoutes, type HttpRoutesParts, type Scraped } from './http-routes.ts';
import { createLane } from './lane/lane.ts';
import { DEFAULT_LIMITS, type ServerLimits } from './limits.ts';
import { type Listener, type ListenerLoad, type ListenTls, listen } from './listener.ts';
import type { Log } from './log.ts';
import { peerOfRequest } from './peer.ts';
import type { Readiness } from './readiness.ts';
import { createRpcHandler } from './rpc-handler.ts';
import type { TlsMaterial } from './tls-files.ts';

/** What to serve, and where. */
export interface ServerOptions {
  /** A host name or address. */
  readonly host: string;
  /** A port; 0 takes a free one. */
  readonly port: number;
  /** Makes the port one for TLS alone; absent: for plain text alone. */
  readonly tls?: ListenTls | undefined;
  /** A port of their own for the probes and the metrics, in plain text; absent: they are on this one. */
  readonly admin?: { readonly host: string; readonly port: number } | undefined;
  /** Registers every RPC: the catalog's, health, reflection. */
  readonly routes: (router: ConnectRouter) => void;
  /** Unary methods that the fast lane answers where a call is plain; absent: there is no lane. */
  readonly lane?: readonly UnaryRoute[] | undefined;
  /** Answers plain HTTP requests, beside the probes. */
  readonly facade?: (serving: Serving) => Facade;
  /** Lets callers in to all that is served. */
  readonly admission: Admission;
  readonly readiness: Readiness;
  /** What `/metrics` answers; without it there is nothing there. */
  readonly metrics?: Scraped;
  /** What differs from {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<ServerLimits>;
  readonly log: Log;
}

/** A server that accepts calls. */
export interface RunningServer {
  /** What the port of the service is busy with now. */
  load(): ListenerLoad;
  /** The address listened on. */
  readonly host: string;
  readonly port: number;
  /** The address of the probes and metrics, where they have a port of their own. */
  readonly admin: AddressInfo | undefined;
  /** Uses other TLS material for connections to come. */
  renewTls(material: TlsMaterial): void;
  /**
   * Ends the server. At once: not ready any more, no new connections, streaming calls end with
   * UNAVAILABLE. Unary calls in flight may finish within `boundMs` milliseconds; shortly before
   * that, those still running have their signals aborted with UNAVAILABLE, and at the bound
   * whatever connection is left is destroyed; one for the probes and metrics at most a second later.
   * Never fails; a repeated call waits for the first.
   */
  drain(boundMs: number): Promise<void>;
}

/** Of the drain's bound, the part that calls have to answer in after their signal was aborted. */
const NOTICE_FRACTION = 0.1;
const MAX_NOTICE_MS = 500;

/** How long the answer to a probe or a scrape may take to be read once all else has ended. */
const ADMIN_CLOSE_MS = 1_000;

/**
 * Starts to serve RPCs and the plain HTTP resources on one port. Serving begins whether or not
 * the catalog is ready: the probes must answer before it is.
 *
 * @throws {ListenError} if the port cannot be listened on.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, routes, admission, readiness, metrics, log } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const endStreams = new AbortController();
  const endAll = new AbortController();
  const probes = { readiness, metrics };
  const handler = createRpcHandler(routes, {
    limits,
    admission,
    log,
    fallback: createHttpRoutes({
      ...(options.admin === undefined ? probes : NO_PROBES),
      admission,
      facade: options.facade?.({
        readMaxBytes: limits.readMaxBytes,
        endAll: endAll.signal,
        peerOf: peerOfRequest,
      }),
      log,
    }),
    endStreams: endStreams.signal,
    endAll: endAll.signal,
  });
  const lane =
    options.lane && createLane({ routes: options.lane, limits, log, endAll: endAll.signal });
  const { tls } = options;
  const admin = options.admin && (await listenForAdmin(options.admin, { probes, limits, log }));
  let listener: Listener;
  try {
    listener = await listen({ host, port, tls, handler, lane, limits, log });
  } catch (error) {
    await admin?.close(0);
    throw error;
  }

  let drained: Promise<void> | undefined;
  const drain = async (boundMs: number) => {
    // Before the streams end, so that a health watch still tells it.
    readiness.set('draining', 'the server is shutting down');
    endStreams.abort(shuttingDown());
    const noticeMs = Math.min(MAX_NOTICE_MS, boundMs * NOTICE_FRACTION);
    const notice = setTimeout(() => {
      log.warn({ boundMs }, 'calls are still running at the end of the drain; ending them');
      endAll.abort(shuttingDown());
    }, boundMs - noticeMs);
    await listener.close(boundMs);
    clearTimeout(notice);
    // Last, so that whoever asks is told of the end. Whoever does not read that is no call to wait for.
    await admin?.close(Math.min(ADMIN_CLOSE_MS, boundMs));
  };
  return {
    host: listener.address.address,
    port: listener.address.port,
    admin: admin?.address,
    renewTls: listener.renewTls,
    load: () => listener.load(),
    drain: (boundMs) => {
      drained ??= drain(boundMs);
      return drained;
    },
  };
}

/** What answers the probes and the metrics. */
type Probes = Pick<HttpRoutesParts, 'readiness' | 'metrics'>;

const NO_PROBES: Probes = { readiness: undefined, metrics: undefined };

function listenForAdmin(
  admin: { readonly host: string; readonly port: number },
  { probes, limits, log }: { probes: Probes; limits: ServerLimits; log: Log },
): Promise<Listener> {
  const handler = createHttpRoutes({
    ...probes,
    admission: Admission.open,
    facade: undefined,
    log,
  });
  return listen({ ...admin, handler, limits, log });
}

function shuttingDown(): ConnectError {
  return new ConnectError('the server is shutting down; call another replica', Code.Unavailable);
}
