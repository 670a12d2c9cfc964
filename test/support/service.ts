import { type Client, createClient, type Transport } from '@connectrpc/connect';
import {
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { Registry } from '../../src/catalog/registry.ts';
import { createFacade } from '../../src/facade/facade.ts';
import { Admission } from '../../src/rpc/admission.ts';
import { catalogMethods } from '../../src/rpc/catalog-service.ts';
import { catalogRoutes } from '../../src/rpc/connect-routes.ts';
import { unaryRoutes } from '../../src/rpc/unary-routes.ts';
import type { ServerLimits } from '../../src/server/limits.ts';
import type { Log } from '../../src/server/log.ts';
import { Readiness } from '../../src/server/readiness.ts';
import { type RunningServer, startServer } from '../../src/server/server.ts';
import { silentLog } from './catalog.ts';

/** What of a service a test may want otherwise. */
export interface ServeOptions {
  readonly log?: Log;
  /** Default: everybody may do everything. */
  readonly admission?: Admission;
  readonly limits?: Partial<ServerLimits>;
  /** The deadline of calls that set none. */
  readonly defaultTimeoutMs?: number;
  /** Whether there is a fast lane. Default true. */
  readonly fastLane?: boolean;
}

/** The catalog of a registry, over RPC and plain HTTP, served on a free port. */
export async function serve(
  registry: Registry,
  options: ServeOptions = {},
): Promise<RunningServer> {
  const { admission = Admission.open } = options;
  const { log = silentLog, limits = {}, defaultTimeoutMs = 60_000, fastLane = true } = options;
  const readiness = new Readiness();
  readiness.set('ready');
  const methods = catalogMethods({
    registry,
    admission,
    log,
    defaultTimeoutMs,
    observe: () => {},
    monotonic: () => performance.now(),
  });
  const routes = catalogRoutes(methods);
  const facade = createFacade({ methods, admission, log });
  const lane = fastLane ? unaryRoutes(methods) : undefined;
  const parts = { routes, lane, facade, admission, readiness, limits, log };
  return startServer({ host: '127.0.0.1', port: 0, ...parts });
}

/** One transport for each protocol and encoding that is served. */
export const PROTOCOLS: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  // By the fast lane, which leaves compressed requests to connect-node.
  gRPC: (baseUrl) => createGrpcTransport({ baseUrl }),
  'gRPC, gzipped': (baseUrl) =>
    createGrpcTransport({ baseUrl, sendCompression: compressionGzip, compressMinBytes: 0 }),
  'gRPC-Web over HTTP/1.1': (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
  'gRPC-Web over HTTP/2': (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '2' }),
  'Connect JSON over HTTP/1.1': (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false }),
  'Connect binary over HTTP/2': (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: '2', useBinaryFormat: true }),
  'Connect GET over HTTP/1.1': (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: '1.1', useHttpGet: true }),
};

/** A client of the catalog over one of {@link PROTOCOLS}. */
export function clientOf(
  protocol: string,
  server: Pick<RunningServer, 'port'>,
): Client<typeof CatalogService> {
  const transport = PROTOCOLS[protocol]?.(`http://127.0.0.1:${server.port}`);
  if (transport === undefined) throw new Error(`no protocol ${protocol}`);
  return createClient(CatalogService, transport);
}
