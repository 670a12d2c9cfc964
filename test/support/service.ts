import { type Client, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { Registry } from '../../src/catalog/registry.ts';
import { catalogRoutes } from '../../src/rpc/connect-routes.ts';
import { Readiness } from '../../src/server/readiness.ts';
import { type RunningServer, startServer } from '../../src/server/server.ts';
import { silentLog } from './catalog.ts';

/** The catalog's RPCs of a registry, served on a free port. */
export async function serve(registry: Registry, log = silentLog): Promise<RunningServer> {
  const readiness = new Readiness();
  readiness.set('ready');
  const routes = catalogRoutes({ registry, log, defaultTimeoutMs: 60_000 });
  return startServer({ host: '127.0.0.1', port: 0, routes, readiness, log });
}

/** One transport for each protocol and encoding that is served. */
export const PROTOCOLS: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  gRPC: (baseUrl) => createGrpcTransport({ baseUrl }),
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
