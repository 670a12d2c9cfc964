import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import { create } from '@bufbuild/protobuf';
import { createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CatalogService,
  GetManifestRequestSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { Health } from '../../gen/health/v1/health_pb.ts';
import { authority } from '../support/certificates.ts';
import { GrpcClient, rawConnect, readAll, startTestServer, type TestServer } from './support.ts';
import { startTlsServer, tlsConnect } from './tls-support.ts';

const HEALTHZ = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';
const nodeOptions = { ca: authority() };

let server: TestServer;
beforeAll(async () => {
  server = await startTlsServer({
    limits: { firstBytesTimeoutMs: 300, handshakeTimeoutMs: 300, headersTimeoutMs: 400 },
  });
});
afterAll(async () => {
  await server.drain(1_000);
});

const TRANSPORTS: [string, (baseUrl: string) => Transport][] = [
  ['gRPC', (baseUrl) => createGrpcTransport({ baseUrl, nodeOptions })],
  [
    'gRPC-Web over HTTP/1.1',
    (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1', nodeOptions }),
  ],
  [
    'gRPC-Web over HTTP/2',
    (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '2', nodeOptions }),
  ],
  [
    'Connect over HTTP/1.1',
    (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1', nodeOptions }),
  ],
  [
    'Connect over HTTP/2',
    (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '2', nodeOptions }),
  ],
  [
    'Connect GET',
    (baseUrl) =>
      createConnectTransport({ baseUrl, httpVersion: '1.1', useHttpGet: true, nodeOptions }),
  ],
];

describe('over TLS', () => {
  it.each(TRANSPORTS)('the catalog and health answer: %s', async (_, make) => {
    const transport = make(server.url);
    const { manifest } = await createClient(CatalogService, transport).getManifest({ name: 'a/b' });
    expect(manifest?.name).toBe('a/b');
    const health = createClient(Health, transport);
    expect(await health.check({ service: CatalogService.typeName })).toMatchObject({ status: 1 });
  });

  it('reflection answers', async () => {
    const client = createClient(
      ServerReflection,
      createGrpcTransport({ baseUrl: server.url, nodeOptions }),
    );
    const answers = client.serverReflectionInfo(
      (async function* () {
        yield { messageRequest: { case: 'listServices', value: '' } as const };
      })(),
    );
    for await (const { messageResponse } of answers) {
      expect(messageResponse.case).toBe('listServicesResponse');
    }
  });

  it('grpc-js is answered, many at a time on one connection', async () => {
    const client = new GrpcClient(server.port, credentials.createSsl(authority()));
    const names = Array.from({ length: 100 }, (_, i) => `n${i}`);
    const answers = await Promise.all(names.map((name) => get(client, name)));
    client.close();
    expect(answers.map((answer) => answer.manifest?.name)).toEqual(names);
  });

  it('plain HTTP requests are answered, over HTTP/1.1 and HTTP/2', async () => {
    const [response] = await once(https.get(`${server.url}/healthz`, nodeOptions), 'response');
    response.resume();
    const session = http2.connect(server.url, nodeOptions);
    const stream = session.request({ ':path': '/healthz' });
    const [headers] = await once(stream, 'response');
    stream.resume();
    session.close();
    expect([response.statusCode, headers[':status']]).toEqual([200, 200]);
  });
});

describe('the handshake', () => {
  it.each([
    ['h2 of both', ['h2', 'http/1.1'], 'h2'],
    ['HTTP/1.1 alone', ['http/1.1'], 'http/1.1'],
    ['what the client knows of ours', ['spdy/3', 'h2'], 'h2'],
  ])('agrees on %s', async (_, ALPNProtocols, agreed) => {
    const socket = await tlsConnect(server.port, { ALPNProtocols });
    expect(socket.alpnProtocol).toBe(agreed);
    socket.destroy();
  });

  it('serves HTTP/1.1 to a client without ALPN', async () => {
    const socket = await tlsConnect(server.port);
    socket.end(HEALTHZ);
    expect(await readAll(socket)).toMatch(/^HTTP\/1.1 200 /);
  });

  it.each([
    ['a protocol we do not speak', { ALPNProtocols: ['spdy/3'] }, 'NO_APPLICATION_PROTOCOL'],
    [
      'TLS 1.1',
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const,
      'PROTOCOL_VERSION',
    ],
  ])('refuses %s', async (_, options, reason) => {
    await expect(tlsConnect(server.port, options)).rejects.toMatchObject({
      code: expect.stringContaining(reason),
    });
    expect(await bystander()).toBe('bystander');
  });

  it('takes TLS 1.2', async () => {
    const socket = await tlsConnect(server.port, { maxVersion: 'TLSv1.2' });
    expect(socket.getProtocol()).toBe('TLSv1.2');
    socket.destroy();
  });

  it.each([
    ['nothing', ''],
    ['half of a hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('is given up on after %s', async (_, bytes) => {
    const socket = await rawConnect(server.port);
    socket.write(Buffer.from(bytes, 'latin1'));
    await readAll(socket);
    expect(await bystander()).toBe('bystander');
  });

  it.each([['h2'], ['http/1.1']])(
    'does not hold a connection without a request: %s',
    async (protocol) => {
      const socket = await tlsConnect(server.port, { ALPNProtocols: [protocol] });
      await readAll(socket);
      expect(await bystander()).toBe('bystander');
    },
  );
});

describe('a port for TLS', () => {
  it.each([
    ['HTTP/1.1', HEALTHZ],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00'],
    ['zeros', '\x00'.repeat(100)],
  ])('gives no service to plain text: %s', async (_, bytes) => {
    server.logged.length = 0;
    const socket = await rawConnect(server.port);
    socket.write(Buffer.from(bytes, 'latin1'));
    expect(await readAll(socket)).not.toMatch(/HTTP|ok/);
    expect(server.logged).toEqual(['debug TLS handshake failed']);
    expect(await bystander()).toBe('bystander');
  });

  it('survives clients that leave at any moment', async () => {
    for (const bytes of ['', '\x16', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']) {
      for (const leave of ['destroy', 'resetAndDestroy', 'end'] as const) {
        const socket = await rawConnect(server.port);
        socket.write(Buffer.from(bytes, 'latin1'));
        socket[leave]();
      }
    }
    for (const bytes of ['', 'GET /', HEALTHZ, 'garbage\r\n\r\n']) {
      for (const ALPNProtocols of [['h2'], ['http/1.1']]) {
        for (const leave of ['destroy', 'resetAndDestroy', 'end'] as const) {
          const below = await rawConnect(server.port);
          const socket = await tlsConnect(server.port, { socket: below, ALPNProtocols });
          socket.write(bytes);
          below[leave]();
        }
      }
    }
    const torn = await rawConnect(server.port);
    const secure = await tlsConnect(server.port, { socket: torn });
    torn.write('not a TLS record');
    await readAll(secure);
    expect(await bystander()).toBe('bystander');
  });
});

describe('a port in plain text', () => {
  it('closes a connection that speaks TLS', async () => {
    const plain = await startTestServer();
    await expect(tlsConnect(plain.port)).rejects.toThrow();
    expect(plain.logged).toEqual(['debug connection closed: TLS on a port in plain text']);
    const client = new GrpcClient(plain.port);
    expect((await get(client, 'bystander')).manifest?.name).toBe('bystander');
    client.close();
    await plain.drain(1_000);
  });
});

function get(client: GrpcClient, name: string) {
  return client.unary(
    CatalogService.method.getManifest,
    create(GetManifestRequestSchema, { name }),
  );
}

/** Another client, who is served whatever a test does. */
async function bystander(): Promise<string | undefined> {
  const client = new GrpcClient(server.port, credentials.createSsl(authority()));
  try {
    return (await get(client, 'bystander')).manifest?.name;
  } finally {
    client.close();
  }
}
