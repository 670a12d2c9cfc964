import { readFile, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { join } from 'node:path';
import { createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { newToken, TOKEN_BYTES } from '../../src/auth/static-tokens.ts';
import { type CatalogdProcess, startProcess } from '../support/catalogd-process.ts';
import { authority, certificatePath, identity } from '../support/certificates.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();
const path = join(folder, 'audit.ndjson');
const token = (name: string, byte: number) => newToken(name, Buffer.alloc(TOKEN_BYTES, byte));
const [me, nobody, scraper] = [token('me', 1), token('nobody', 2), token('scraper', 3)];
const bearer = (whose: typeof me) => ({ authorization: `Bearer ${whose.token}` });

const POLICY = `
version: 1
grants:
  - { role: writer, names: [mine/], to: [{ token: me }] }
  - { role: writer, names: [etl/], to: [{ certificate_cn: writer }] }
  - { role: monitor, to: [{ token: scraper }] }
`;

let catalogd: CatalogdProcess;
beforeAll(async () => {
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  catalogd = await startProcess('memory:', {}, [
    ...['--tls-cert', certificatePath('server'), '--tls-key', certificatePath('server', 'key')],
    ...['--tls-client-ca', certificatePath('ca'), '--tls-client-auth', 'request'],
    ...['--tokens', await file('tokens', `${me.line}\n${nobody.line}\n${scraper.line}\n`)],
    ...['--policy', await file('policy.yaml', POLICY), '--audit-log', path],
  ]);
}, 60_000);
afterAll(() => catalogd.end('SIGTERM'));

/** What a call leaves in the audit log, without what differs each time: each has one line. */
async function lineOf(call: () => Promise<unknown>): Promise<object> {
  const before = await lines();
  await call().catch(() => {});
  let after = before;
  // A denial is answered without waiting for its line.
  while (after.length === before.length) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    after = await lines();
  }
  expect(after).toHaveLength(before.length + 1);
  const { time, ...rest } = after.at(-1) as { time: string };
  expect(time).toMatch(/^\d{4}-.*Z$/);
  return rest;
}

async function lines(): Promise<object[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const WITHOUT_CERTIFICATE = { ca: authority() };
const WITH_CERTIFICATE = { ...WITHOUT_CERTIFICATE, ...identity('writer') };

const grpc = (nodeOptions: object): Transport =>
  createGrpcTransport({ baseUrl: `https://${catalogd.address}`, nodeOptions });
const connect = (nodeOptions: object): Transport =>
  createConnectTransport({
    baseUrl: `https://${catalogd.address}`,
    httpVersion: '1.1',
    nodeOptions,
  });

const register = (transport: Transport, name: string, headers = {}) =>
  createClient(CatalogService, transport).registerManifest(
    { name, schemaFingerprint: 'fp' },
    { headers: { 'x-request-id': 'call-1', ...headers } },
  );

function http(options: object, method: string, target: string, headers = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const all = { ...options, agent: false, method };
    const request = https.request(`https://${catalogd.address}${target}`, {
      ...all,
      headers: { 'content-type': 'application/json', 'x-request-id': 'call-1', ...headers },
    });
    request.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve(text));
    });
    request.on('error', reject);
    request.end(method === 'PUT' ? '{"schemaFingerprint":"fp"}' : undefined);
  });
}

const AT = { peer: '127.0.0.1', callId: 'call-1' };
const CREATED = { method: 'RegisterManifest', fromVersion: 0, toVersion: 1, outcome: 'done' };
const DENIED = { method: 'RegisterManifest', outcome: 'denied' };

describe('the audit log names who has proved to be', () => {
  it.each([
    ['gRPC', 'grpc', () => grpc(WITHOUT_CERTIFICATE)],
    ['Connect', 'connect', () => connect(WITHOUT_CERTIFICATE)],
  ] as const)('by a token, over %s', async (_, protocol, transport) => {
    const name = `mine/${protocol}`;
    const by = { ...AT, caller: 'token:me', protocol };
    const done = await lineOf(() => register(transport(), name, bearer(me)));
    expect(done).toEqual({ ...by, ...CREATED, name });
    const denied = await lineOf(() => register(transport(), 'etl/a', bearer(me)));
    expect(denied).toEqual({ ...by, ...DENIED, name: 'etl/a' });
  });

  it.each([
    ['gRPC', 'grpc', () => grpc(WITH_CERTIFICATE)],
    ['Connect', 'connect', () => connect(WITH_CERTIFICATE)],
  ] as const)('by a certificate, over %s', async (_, protocol, transport) => {
    const name = `etl/${protocol}`;
    const by = { ...AT, caller: 'cert:writer', protocol };
    expect(await lineOf(() => register(transport(), name))).toEqual({ ...by, ...CREATED, name });
    const denied = await lineOf(() => register(transport(), 'mine/a'));
    expect(denied).toEqual({ ...by, ...DENIED, name: 'mine/a' });
  });

  it.each([
    ['a token', WITHOUT_CERTIFICATE, bearer(me), 'token:me', 'mine/http', 'etl/a'],
    ['a certificate', WITH_CERTIFICATE, {}, 'cert:writer', 'etl/http', 'mine/a'],
  ])('by %s, over plain HTTP', async (_, options, headers, caller, own, other) => {
    const by = { ...AT, caller, protocol: 'http' };
    const put = (name: string) => http(options, 'PUT', `/v1/manifests/${name}`, headers);
    expect(await lineOf(() => put(own))).toEqual({ ...by, ...CREATED, name: own });
    expect(await lineOf(() => put(other))).toEqual({ ...by, ...DENIED, name: other });
  });

  it('when it asks for the metrics without the right', async () => {
    const method = 'GET /metrics';
    expect(await lineOf(() => http(WITH_CERTIFICATE, 'GET', '/metrics'))).toEqual({
      ...{ ...AT, caller: 'cert:writer', protocol: 'http', method, outcome: 'denied' },
    });
  });

  it.each([
    ['gRPC', 'grpc', () => grpc(WITHOUT_CERTIFICATE)],
    [
      'Connect',
      'connect',
      () =>
        createConnectTransport({
          baseUrl: `https://${catalogd.address}`,
          httpVersion: '2',
          nodeOptions: WITHOUT_CERTIFICATE,
        }),
    ],
  ] as const)(
    'when it asks for the description over %s, and has no right',
    async (_, protocol, transport) => {
      const asks = async () => {
        const client = createClient(ServerReflection, transport());
        const headers = { ...bearer(nobody), 'x-request-id': 'call-1' };
        const request = { messageRequest: { case: 'listServices', value: '' } } as const;
        const requests = (async function* () {
          yield request;
        })();
        for await (const _answer of client.serverReflectionInfo(requests, { headers })) return;
      };
      const method = 'ServerReflectionInfo';
      expect(await lineOf(asks)).toEqual({
        ...{ ...AT, caller: 'token:nobody', protocol, method, outcome: 'denied' },
      });
    },
  );

  it('and has no line for strangers, nor for what does not exist for a caller', async () => {
    const before = await lines();
    await http(WITHOUT_CERTIFICATE, 'GET', '/metrics');
    await register(grpc(WITHOUT_CERTIFICATE), 'mine/a').catch(() => {});
    await http(WITH_CERTIFICATE, 'GET', '/v1/manifests/mine/grpc');
    expect(await lineOf(() => register(grpc(WITH_CERTIFICATE), 'mine/a'))).toMatchObject(DENIED);
    expect(await lines()).toHaveLength(before.length + 1);
  });

  it('while the metrics count who was refused, without names', async () => {
    const before = await counted();
    await http(WITHOUT_CERTIFICATE, 'GET', '/metrics');
    await http(WITHOUT_CERTIFICATE, 'GET', '/metrics', { authorization: 'Bearer catalogd_x' });
    await register(grpc(WITH_CERTIFICATE), 'mine/a').catch(() => {});
    const after = await counted();
    for (const line of [
      'catalogd_authentication_failures_total{kind="none"}',
      'catalogd_authentication_failures_total{kind="token"}',
      'catalogd_authorization_denials_total{role="writer"}',
    ]) {
      expect([line, (after.get(line) ?? 0) - (before.get(line) ?? 0)]).toEqual([line, 1]);
    }
  });
});

/** The counters, as somebody who may see them does. */
async function counted(): Promise<ReadonlyMap<string, number>> {
  const text = await http(WITH_CERTIFICATE, 'GET', '/metrics', bearer(scraper));
  return new Map(
    text.split('\n').map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))] as const;
    }),
  );
}
