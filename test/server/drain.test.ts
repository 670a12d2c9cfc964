import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { type StatusObject, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CatalogService,
  ListManifestsRequestSchema,
  RegisterManifestRequestSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import {
  ServerReflection,
  ServerReflectionRequestSchema,
} from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import {
  GrpcClient,
  rawConnect,
  readAll,
  sleep,
  startTestServer,
  type TestServer,
} from './support.ts';

/** A bound that no drain in here should need: the test would time out. */
const LONG = 60_000;

let server: TestServer;
let grpc: GrpcClient;
beforeEach(async () => {
  server = await startTestServer();
  grpc = new GrpcClient(server.port);
});
afterEach(async () => {
  grpc.close();
  await server.drain(0);
});

const register = (name: string) =>
  grpc.unary(
    CatalogService.method.registerManifest,
    create(RegisterManifestRequestSchema, { name }),
  );

describe('a drain', () => {
  it.each([
    ['gRPC over h2c', createGrpcTransport, '2'],
    ['gRPC-Web over HTTP/1.1', createGrpcWebTransport, '1.1'],
    ['gRPC-Web over h2c', createGrpcWebTransport, '2'],
    ['Connect over HTTP/1.1', createConnectTransport, '1.1'],
    ['Connect over h2c', createConnectTransport, '2'],
  ] as const)('lets a call in flight finish: %s', async (_, createTransport, version) => {
    const transport = createTransport({ baseUrl: server.url, httpVersion: version as '2' });
    const answer = createClient(CatalogService, transport).registerManifest({ name: 'slow' });
    await Promise.race([server.gate.entered, answer]);
    const drained = server.drain(LONG);
    server.gate.open();
    expect((await answer).manifest?.name).toBe('slow');
    await drained;
  });

  it('lets a call of grpc-js in flight finish', async () => {
    const answer = register('slow');
    await server.gate.entered;
    const drained = server.drain(LONG);
    server.gate.open();
    expect((await answer).manifest?.name).toBe('slow');
    await drained;
  });

  it('says not ready at once, accepts no connection, and waits for the call', async () => {
    const answer = register('slow');
    await server.gate.entered;
    let done = false;
    const drained = server.drain(LONG).then(() => {
      done = true;
    });
    expect(server.readiness.status.state).toBe('draining');
    await expect(rawConnectOnce(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(done).toBe(false);
    server.gate.open();
    await answer;
    await drained;
  });

  it('tells HTTP/1.1 clients in flight that the connection ends', async () => {
    const agent = new http.Agent({ keepAlive: true });
    const request = http.request({
      agent,
      port: server.port,
      method: 'POST',
      path: '/catalogd.v1.CatalogService/RegisterManifest',
      headers: { 'content-type': 'application/json' },
    });
    request.end('{"name":"slow"}');
    await server.gate.entered;
    const drained = server.drain(LONG);
    server.gate.open();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    expect([response.statusCode, response.headers.connection]).toEqual([200, 'close']);
    await drained;
    agent.destroy();
  });

  it('lets a request finish that was half received', async () => {
    const socket = await rawConnect(server.port);
    socket.write('POST /catalogd.v1.CatalogService/RegisterManifest HTTP/1.1\r\nHost: a\r\n');
    const other = await rawConnect(server.port);
    other.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(other, 'data');
    const drained = server.drain(LONG);
    socket.write('Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
    const answer = readAll(socket);
    await server.gate.entered;
    // Longer than connections may linger that have nothing in flight.
    await sleep(800);
    server.gate.open();
    expect(await answer).toMatch(/^HTTP\/1.1 200 /);
    await drained;
    other.destroy();
  });

  it('announces itself by a GOAWAY that still admits streams on their way', async () => {
    const session = http2.connect(server.url);
    await once(session, 'remoteSettings');
    const first = once(session, 'goaway');
    const drained = server.drain(LONG);
    const [code, lastStreamId] = await first;
    expect([code, lastStreamId]).toEqual([http2.constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1]);
    await drained;
  });

  it('is not delayed by idle connections, whatever they are in the middle of', async () => {
    const agent = new http.Agent({ keepAlive: true });
    await new Promise((resolve, reject) => {
      http
        .get({ agent, port: server.port, path: '/healthz' }, (response) => {
          response.resume().once('end', resolve);
        })
        .once('error', reject);
    });
    const session = http2.connect(server.url);
    await once(session, 'remoteSettings');
    const sockets = [];
    for (const bytes of [
      '',
      'P',
      'PRI',
      'GET /healthz HTTP/1.1\r\nHost: a\r\n',
      'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /heal',
      // A client that answers nothing: no ping, no FIN.
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00',
    ]) {
      const socket = await rawConnect(server.port);
      socket.write(Buffer.from(bytes, 'latin1'));
      sockets.push(socket);
    }
    await server.drain(LONG);
    for (const socket of sockets) socket.destroy();
    session.destroy();
    agent.destroy();
  });

  it('ends streaming calls at once with UNAVAILABLE, even one whose client idles', async () => {
    const call = grpc.bidi(ServerReflection.method.serverReflectionInfo);
    call.on('data', () => {});
    call.on('error', () => {});
    const ended = new Promise<StatusObject>((resolve) => call.once('status', resolve));
    const answered = once(call, 'data');
    const messageRequest = { case: 'listServices', value: '' } as const;
    call.write(create(ServerReflectionRequestSchema, { messageRequest }));
    await answered;
    await server.drain(LONG);
    expect((await ended).code).toBe(status.UNAVAILABLE);
  });

  it('aborts calls that wait for ever shortly before its bound', async () => {
    const answer = grpc
      .unary(CatalogService.method.listManifests, create(ListManifestsRequestSchema))
      .catch((err) => err);
    await grpc.unary(
      CatalogService.method.getManifest,
      create(CatalogService.method.getManifest.input),
    );
    await server.drain(500);
    expect(await answer).toMatchObject({
      code: status.UNAVAILABLE,
      details: 'the server is shutting down; call another replica',
    });
    expect(server.logged).toContain(
      'warn calls are still running at the end of the drain; ending them',
    );
  });

  it('cuts a call that ignores that, at its bound', async () => {
    const answer = register('never').catch((err) => err);
    await server.gate.entered;
    await server.drain(300);
    expect(await answer).toMatchObject({ code: status.UNAVAILABLE });
  });

  it('cuts an HTTP/1.1 call that never ends, at its bound', async () => {
    const socket = await rawConnect(server.port);
    socket.write(
      'POST /catalogd.v1.CatalogService/RegisterManifest HTTP/1.1\r\nHost: a\r\n' +
        'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    );
    await server.gate.entered;
    await server.drain(300);
    expect(await readAll(socket)).toBe('');
  });

  it('is not delayed by an upload that goes on after its answer', async () => {
    const session = http2.connect(server.url);
    const upload = session.request({ ':method': 'POST', ':path': '/nope' });
    upload.on('error', () => {});
    upload.write('a');
    const [headers] = await once(upload, 'response');
    upload.resume();
    expect(headers[':status']).toBe(404);
    await server.drain(LONG);
    session.destroy();
  });

  it('is not delayed by an upload that was refused', async () => {
    const own = await startTestServer({ readMaxBytes: 1024 });
    const transport = createGrpcTransport({ baseUrl: own.url });
    const err = await createClient(CatalogService, transport)
      .getManifest({ name: 'x'.repeat(1024 * 1024) })
      .catch((reason) => ConnectError.from(reason));
    expect(err).toMatchObject({ code: Code.ResourceExhausted });
    await own.drain(LONG);
  });

  it('may be asked for twice', async () => {
    await Promise.all([server.drain(LONG), server.drain(LONG)]);
  });
});

async function rawConnectOnce(port: number): Promise<void> {
  (await rawConnect(port)).destroy();
}
