import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionV1Alpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { Health } from '../../gen/health/v1/health_pb.ts';
import { newToken, TOKEN_BYTES } from '../../src/auth/static-tokens.ts';
import { type RunningCatalogd, startCatalogd } from '../../src/server/catalogd.ts';
import { silentLog } from '../support/catalog.ts';
import { PROTOCOLS } from '../support/service.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { AUDIENCE, ISSUER, Issuer } from './issuer.ts';

/** Every service that catalogd has. */
export const SERVICES: readonly DescService[] = [
  CatalogService,
  Health,
  ServerReflection,
  ServerReflectionV1Alpha,
];

const folder = tempFolder();

const tokenOf = (name: string, byte: number) => newToken(name, Buffer.alloc(TOKEN_BYTES, byte));

/** Callers with good credentials: one that may write below `mine/`, one that may do all, one nothing. */
export const me = tokenOf('me', 1);
export const root = tokenOf('root', 2);
export const nobody = tokenOf('nobody', 3);
export const expired = tokenOf('expired', 4);

const POLICY = `
version: 1
grants:
  - { role: writer, names: [mine/], to: [{ token: me }, { token: expired }, { subject: alice }] }
  - { role: admin, names: ["*"], to: [{ token: root }] }
`;

/** A catalogd with tokens, JWTs and a policy, as an operator sets it up. */
export interface Guarded {
  readonly running: RunningCatalogd;
  readonly issuer: Issuer;
  readonly logged: string[];
}

export async function startGuarded(): Promise<Guarded> {
  const issuer = await Issuer.create();
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const logged: string[] = [];
  const write = (fields: object, message: string) =>
    logged.push(`${message} ${JSON.stringify(fields)}`);
  const lines = [me.line, root.line, nobody.line, `${expired.line} until=2026-01-01`];
  const running = await startCatalogd({
    store: 'memory:',
    host: '127.0.0.1',
    port: 0,
    exclusive: false,
    refreshIntervalMs: 1_000,
    drainTimeoutMs: 1_000,
    startTimeoutMs: 10_000,
    log: { ...silentLog, warn: write, error: write },
    auth: {
      tokens: file('tokens', lines.join('\n')),
      policy: file('policy.yaml', POLICY),
      oidc: { issuer: ISSUER, audience: AUDIENCE, jwks: file('keys.json', issuer.jwks) },
    },
  });
  await running.ready;
  return { running, issuer, logged };
}

/** Headers with a bearer token. */
export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** Every protocol by which a method can be called. */
export function transportsFor(method: DescMethod, port: number): [string, Transport][] {
  const baseUrl = `http://127.0.0.1:${port}`;
  const all: [string, Transport][] = Object.entries(PROTOCOLS).map(([name, transport]) => [
    name,
    transport(baseUrl),
  ]);
  if (method.methodKind !== 'bidi_streaming') return all;
  const connect = createConnectTransport({ baseUrl, httpVersion: '2' });
  // Both directions at once need HTTP/2.
  return [
    ...all.filter(([name]) => name.startsWith('gRPC (') || name === 'gRPC'),
    ['Connect', connect],
  ];
}

/** What a call came to: the code of its error, or OK; with the error itself. */
export interface Outcome {
  readonly code: string;
  readonly error?: ConnectError;
  readonly answer?: unknown;
}

/** Calls any method with a request that is good, unless told otherwise. Of a stream, until its first answer. */
export async function call(
  transport: Transport,
  method: DescMethod,
  headers: Record<string, string>,
  request: object = requestFor(method),
): Promise<Outcome> {
  // biome-ignore lint/suspicious/noExplicitAny: which method it is only shows when it runs
  const client = createClient(method.parent, transport) as any;
  const leave = new AbortController();
  const options = { headers, signal: leave.signal };
  try {
    if (method.methodKind === 'unary') {
      return { code: 'OK', answer: await client[method.localName](request, options) };
    }
    const sent = method.methodKind === 'bidi_streaming' ? once(request) : request;
    for await (const answer of client[method.localName](sent, options)) {
      return { code: 'OK', answer };
    }
    return { code: 'OK' };
  } catch (thrown) {
    const error = ConnectError.from(thrown);
    return { code: Code[error.code], error };
  } finally {
    leave.abort();
  }
}

async function* once<T>(value: T) {
  yield value;
}

/** A request that would be answered if the caller had every right. */
export function requestFor({ name, input }: DescMethod, dataset = 'mine/a'): object {
  const named = input.fields.some((field) => field.name === 'name') ? { name: dataset } : {};
  switch (name) {
    case 'RegisterManifest':
      return { ...named, schemaFingerprint: 'fp' };
    case 'EvolveSchema':
      return { ...named, fromFingerprint: 'fp', toFingerprint: 'fp-2' };
    case 'UpdateObjects':
      return {
        ...named,
        schemaFingerprint: 'fp',
        putObjects: [{ key: 's3://a/b', sizeBytes: 1n }],
      };
    case 'BatchGetManifests':
      return { names: [dataset] };
    case 'ServerReflectionInfo':
      return { messageRequest: { case: 'listServices', value: '' } };
    default:
      return named;
  }
}

/** An answer over plain HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A request as it is written: no path is resolved, no header is merged. */
export function request(
  port: number,
  method: string,
  path: string,
  headers: readonly string[] = [],
  body = '',
  trailers: readonly [string, string][] = [],
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const all = ['host', `127.0.0.1:${port}`, ...headers];
    if (body !== '') all.push('content-type', 'application/json');
    if (trailers.length > 0) all.push('trailer', trailers.map(([name]) => name).join(', '));
    const outgoing = http.request(
      { port, method, path, headers: all, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    if (trailers.length > 0) outgoing.addTrailers([...trailers]);
    outgoing.end(body);
  });
}
