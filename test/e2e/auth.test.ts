import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { newToken, TOKEN_BYTES } from '../../src/auth/static-tokens.ts';
import { AUDIENCE, ISSUER, Issuer } from '../auth/issuer.ts';
import { type CatalogdProcess, startProcess } from '../support/catalogd-process.ts';
import { authority, certificatePath, identity } from '../support/certificates.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** What a call came to: the code of its error, or OK. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'OK',
    (error) => Code[ConnectError.from(error).code],
  );
}

describe('a certificate whose name may read below one prefix', () => {
  const root = newToken('root', Buffer.alloc(TOKEN_BYTES, 1));
  const withRoot = { authorization: `Bearer ${root.token}` };
  const nodeOptions = { ca: authority(), ...identity('writer') };
  let catalogd: CatalogdProcess;
  beforeAll(async () => {
    const policy = `
version: 1
grants:
  - { role: reader, names: [shared/], to: [{ certificate_cn: writer }] }
  - { role: admin, names: ["*"], to: [{ token: root }] }
`;
    catalogd = await startProcess('memory:', {}, [
      ...['--tls-cert', certificatePath('server'), '--tls-key', certificatePath('server', 'key')],
      ...['--tls-client-ca', certificatePath('ca'), '--tokens', file('tokens', root.line)],
      ...['--policy', file('policy.yaml', policy)],
    ]);
    const client = clientOver('gRPC');
    for (const name of ['shared/a', 'private/a']) {
      await client.registerManifest({ name, schemaFingerprint: 'fp' }, { headers: withRoot });
    }
  }, 60_000);
  afterAll(() => catalogd.end('SIGTERM'));

  function clientOver(protocol: 'gRPC' | 'Connect') {
    const baseUrl = `https://${catalogd.address}`;
    const transport =
      protocol === 'gRPC'
        ? createGrpcTransport({ baseUrl, nodeOptions })
        : createConnectTransport({ baseUrl, nodeOptions, httpVersion: '1.1' });
    return createClient(CatalogService, transport);
  }

  it.each(['gRPC', 'Connect'] as const)('does just that over %s', async (protocol) => {
    const client = clientOver(protocol);
    const schemaFingerprint = 'fp';
    expect((await client.getManifest({ name: 'shared/a' })).manifest?.name).toBe('shared/a');
    // What it may not read is as if it were not there.
    for (const name of ['private/a', 'private/none', 'shared/none', 'sharedx']) {
      expect(await codeOf(client.getManifest({ name }))).toBe('NotFound');
    }
    const { manifests } = await client.listManifests({});
    expect(manifests.map(({ name }) => name)).toEqual(['shared/a']);
    for (const name of ['shared/a', 'private/a', 'private/none']) {
      const refused = [
        client.registerManifest({ name, schemaFingerprint }),
        client.deleteManifest({ name }),
        client.purgeManifest({ name }),
      ];
      expect(await Promise.all(refused.map(codeOf))).toEqual(Array(3).fill('PermissionDenied'));
    }
    const seen: string[] = [];
    for await (const { event } of client.watchManifests({})) {
      if (event.case === 'put') seen.push(event.value.name);
      if (event.case === 'synced') break;
    }
    expect(seen).toEqual(['shared/a']);
  });

  it('does just that over plain HTTP', async () => {
    const status = (method: string, path: string, headers: Record<string, string> = {}) =>
      new Promise<number>((resolve, reject) => {
        const options = { ...nodeOptions, agent: false, method, headers };
        const request = https.request(`https://${catalogd.address}${path}`, options, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        });
        request.on('error', reject);
        request.end(method === 'PUT' ? '{"schemaFingerprint":"fp"}' : undefined);
      });
    const json = { 'content-type': 'application/json' };
    expect(await status('GET', '/v1/manifests/shared/a')).toBe(200);
    expect(await status('GET', '/v1/manifests/private/a')).toBe(404);
    expect(await status('GET', '/v1/objects/private/a')).toBe(404);
    expect(await status('PUT', '/v1/manifests/shared/a', json)).toBe(403);
    expect(await status('PUT', '/v1/manifests/private/a', json)).toBe(403);
    expect(await status('DELETE', '/v1/manifests/private/a')).toBe(403);
    expect(await status('GET', '/metrics')).toBe(403);
    // A bearer token decides alone, whatever the certificate may.
    expect(await status('GET', '/v1/manifests/private/a', withRoot)).toBe(200);
    const unknown = { authorization: `Bearer ${newToken('root', Buffer.alloc(32, 9)).token}` };
    expect(await status('GET', '/v1/manifests/shared/a', unknown)).toBe(401);
  });
});

describe('the keys of an issuer, over HTTPS', () => {
  let issuer: Issuer;
  let answer: (response: ServerResponse) => void;
  let server: https.Server;
  beforeAll(async () => {
    issuer = await Issuer.create('key-1');
    server = https.createServer(identity('server'), (_, response) => answer(response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const TRUSTING: Record<string, string> = { NODE_EXTRA_CA_CERTS: certificatePath('ca') };

  async function start(env = TRUSTING) {
    const { port } = server.address() as AddressInfo;
    const started = await startProcess('memory:', env, [
      ...['--oidc-issuer', ISSUER, '--oidc-audience', AUDIENCE],
      ...['--oidc-jwks', `https://127.0.0.1:${port}/keys`],
    ]);
    const transport = createGrpcTransport({ baseUrl: `http://${started.address}` });
    const client = createClient(CatalogService, transport);
    const call = async (by: Issuer, sub = 'alice') => {
      const headers = { authorization: `Bearer ${await by.sign(Date.now(), { sub })}` };
      return codeOf(client.listManifests({}, { headers, timeoutMs: 30_000 }));
    };
    return { started, call };
  }

  /** Calls until it comes to something else. */
  async function changedFrom(code: string, call: () => Promise<string>): Promise<string> {
    for (;;) {
      const found = await call();
      if (found !== code) return found;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  it('are followed when they change, and do not count any more when they are gone', async () => {
    answer = (response) => response.end(issuer.jwks);
    const { started, call } = await start();
    expect(await call(issuer)).toBe('OK');
    const next = await Issuer.create('key-2');
    answer = (response) => response.end(next.jwks);
    expect(await changedFrom('Unauthenticated', () => call(next))).toBe('OK');
    expect(await call(issuer, 'bob')).toBe('Unauthenticated');
    expect(await started.end('SIGTERM')).toBe(0);
  }, 60_000);

  it('that cannot be had are no fault of the caller; it is told, logged, and asked again', async () => {
    answer = (response) => response.destroy();
    const { started, call } = await start();
    expect(await call(issuer)).toBe('Unavailable');
    expect(started.stderr()).toContain("the issuer's keys cannot be fetched");
    answer = (response) => response.end(issuer.jwks);
    expect(await changedFrom('Unavailable', () => call(issuer))).toBe('OK');
    expect(await started.end('SIGTERM')).toBe(0);
  }, 60_000);

  it.each<[string, (response: ServerResponse) => void, Record<string, string>]>([
    ['that never come', () => {}, TRUSTING],
    ['that stop in the middle', (response) => void response.write('{"keys": ['), TRUSTING],
    ['of a server that is not trusted', (response) => response.end(issuer.jwks), {}],
  ])(
    '%s are given up before the caller does',
    async (_, how, env) => {
      answer = how;
      const { started, call } = await start(env);
      expect(await call(issuer)).toBe('Unavailable');
      expect(started.stderr()).toContain("the issuer's keys cannot be fetched");
      expect(await started.end('SIGTERM')).toBe(0);
    },
    60_000,
  );
});
