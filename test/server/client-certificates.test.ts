import tls, { type ConnectionOptions } from 'node:tls';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { alternativeNames } from '../../src/server/peer-certificate.ts';
import type { ClientAuth } from '../../src/server/tls-server.ts';
import { authority, identity } from '../support/certificates.ts';
import { readAll, type TestServer } from './support.ts';
import { startTlsServer, tlsConnect } from './tls-support.ts';

const WRITER = {
  subject: 'writer',
  names: [
    'URI:spiffe://catalog.test/writer',
    'DNS:writer.catalog.test',
    'email:writer@catalog.test',
  ],
};

const servers = new Map<ClientAuth, TestServer>();
beforeAll(async () => {
  for (const clientAuth of ['require', 'request'] as const) {
    servers.set(clientAuth, await startTlsServer({ clientAuth }));
  }
});
afterAll(async () => {
  for (const server of servers.values()) await server.drain(1_000);
});

function serverOf(clientAuth: ClientAuth): TestServer {
  const server = servers.get(clientAuth);
  if (server === undefined) throw new Error(`no server with ${clientAuth}`);
  return server;
}

/** Sends a request over a connection of its own, and gives what comes back until that is closed. */
async function ask(server: TestServer, options: ConnectionOptions): Promise<string> {
  const socket = tls.connect({ port: server.port, host: '127.0.0.1', ca: authority(), ...options });
  socket.on('error', () => {});
  socket.end('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  return await readAll(socket);
}

describe.each(['require', 'request'] as const)('client certificates: %s', (clientAuth) => {
  it.each([
    ['of another authority', 'stranger'],
    ['that has expired', 'expired-writer'],
    ['for a server', 'renewed'],
  ] as const)('one %s is refused, and others are served', async (_, name) => {
    const server = serverOf(clientAuth);
    server.logged.length = 0;
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
      expect(await ask(server, { ...identity(name), maxVersion })).toBe('');
    }
    const line = 'debug TLS handshake failed: no valid client certificate';
    expect(server.logged).toEqual([line, line]);
    expect(await ask(server, identity('writer'))).toMatch(/^HTTP\/1.1 200 /);
  });

  it.each([
    ['HTTP/1.1', '1.1'],
    ['HTTP/2', '2'],
  ] as const)('a call knows whom it is from: %s', async (_, httpVersion) => {
    const server = serverOf(clientAuth);
    server.peers.length = 0;
    const nodeOptions = { ca: authority(), ...identity('writer') };
    const baseUrl = server.url;
    const transport =
      httpVersion === '2'
        ? createGrpcTransport({ baseUrl, nodeOptions })
        : createConnectTransport({ baseUrl, httpVersion, nodeOptions });
    const client = createClient(CatalogService, transport);
    for (const name of ['a', 'b']) await client.getManifest({ name });
    const peer = { address: '127.0.0.1', certificate: WRITER };
    expect(server.peers).toEqual([peer, peer]);
  });

  it('a call knows it when its connection resumes a session, too', async () => {
    const server = serverOf(clientAuth);
    const options = { ...identity('writer'), maxVersion: 'TLSv1.2' } as const;
    const first = await tlsConnect(server.port, options);
    const session = first.getSession();
    first.destroy();
    if (session === undefined) throw new Error('no session');
    const second = await tlsConnect(server.port, { ...options, session });
    expect(second.isSessionReused()).toBe(true);
    server.peers.length = 0;
    second.end(
      'POST /catalogd.v1.CatalogService/GetManifest HTTP/1.1\r\nHost: a\r\n' +
        'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    );
    expect(await readAll(second)).toMatch(/^HTTP\/1.1 200 /);
    expect(server.peers).toEqual([{ address: '127.0.0.1', certificate: WRITER }]);
  });
});

describe('without a certificate', () => {
  it('no client is served where one is required', async () => {
    const server = serverOf('require');
    server.logged.length = 0;
    expect(await ask(server, {})).toBe('');
    expect(server.logged).toEqual(['debug TLS handshake failed']);
    expect(await ask(server, identity('writer'))).toMatch(/^HTTP\/1.1 200 /);
  });

  it('a client is anonymous where one is requested', async () => {
    const server = serverOf('request');
    server.peers.length = 0;
    const nodeOptions = { ca: authority() };
    const transport = createGrpcTransport({ baseUrl: server.url, nodeOptions });
    await createClient(CatalogService, transport).getManifest({ name: 'a' });
    expect(server.peers).toEqual([{ address: '127.0.0.1', certificate: undefined }]);
  });

  it('a client is not asked where no authority is set', async () => {
    const server = await startTlsServer();
    const transport = createGrpcTransport({
      baseUrl: server.url,
      nodeOptions: { ca: authority(), ...identity('writer') },
    });
    await createClient(CatalogService, transport).getManifest({ name: 'a' });
    expect(server.peers).toEqual([{ address: '127.0.0.1', certificate: undefined }]);
    await server.drain(1_000);
  });
});

describe("a certificate's alternative names", () => {
  it.each([
    ['', []],
    ['DNS:a, IP Address:::1, URI:urn:x:y', ['DNS:a', 'IP:::1', 'URI:urn:x:y']],
    // One name that would read as two.
    ['URI:"urn:a, DNS:admin", DNS:b', ['URI:urn:a, DNS:admin', 'DNS:b']],
    ['DNS:"a\\", DNS:admin"', ['DNS:a", DNS:admin']],
  ])('of %j', (text, names) => {
    expect(alternativeNames(text)).toEqual(names);
  });
});
