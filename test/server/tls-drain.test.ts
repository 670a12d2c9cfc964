import { create } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CatalogService,
  RegisterManifestRequestSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { authority } from '../support/certificates.ts';
import { GrpcClient, rawConnect, readAll, type TestServer } from './support.ts';
import { startTlsServer, tlsConnect } from './tls-support.ts';

/** A bound that no drain in here should need: the test would time out. */
const LONG = 60_000;
const nodeOptions = { ca: authority() };

let server: TestServer;
beforeEach(async () => {
  server = await startTlsServer();
});
afterEach(async () => {
  await server.drain(0);
});

describe('a drain over TLS', () => {
  it.each([
    ['gRPC', createGrpcTransport, '2'],
    ['gRPC-Web over HTTP/1.1', createGrpcWebTransport, '1.1'],
    ['Connect over HTTP/1.1', createConnectTransport, '1.1'],
    ['Connect over HTTP/2', createConnectTransport, '2'],
  ] as const)('lets a call in flight finish: %s', async (_, createTransport, version) => {
    const transport = createTransport({
      baseUrl: server.url,
      httpVersion: version as '2',
      nodeOptions,
    });
    const answer = createClient(CatalogService, transport).registerManifest({ name: 'slow' });
    await Promise.race([server.gate.entered, answer]);
    const drained = server.drain(LONG);
    await expect(tlsConnect(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    server.gate.open();
    expect((await answer).manifest?.name).toBe('slow');
    await drained;
  });

  it('lets a call of grpc-js in flight finish', async () => {
    const client = new GrpcClient(server.port, credentials.createSsl(authority()));
    const request = create(RegisterManifestRequestSchema, { name: 'slow' });
    const answer = client.unary(CatalogService.method.registerManifest, request);
    await server.gate.entered;
    const drained = server.drain(LONG);
    server.gate.open();
    expect((await answer).manifest?.name).toBe('slow');
    await drained;
    client.close();
  });

  it('is not delayed by connections without a request, however far they have come', async () => {
    const sockets = [
      await rawConnect(server.port),
      await rawConnect(server.port),
      await tlsConnect(server.port, { ALPNProtocols: ['h2'] }),
      await tlsConnect(server.port, { ALPNProtocols: ['http/1.1'] }),
      await tlsConnect(server.port),
    ];
    sockets[1]?.write(Buffer.from([0x16, 3, 1]));
    sockets[4]?.write('GET /healthz HTTP/1.1\r\nHost: a\r\n');
    await server.drain(LONG);
    await Promise.all(sockets.map(readAll));
  });

  it('cuts a call that never ends, at its bound', async () => {
    const socket = await tlsConnect(server.port);
    socket.write(
      'POST /catalogd.v1.CatalogService/RegisterManifest HTTP/1.1\r\nHost: a\r\n' +
        'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    );
    await server.gate.entered;
    await server.drain(300);
    expect(await readAll(socket)).toBe('');
  });
});
