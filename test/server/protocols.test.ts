import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CatalogService,
  GetManifestRequestSchema,
  ListObjectsRequestSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { GrpcClient, PUNCTUATION, startTestServer, type TestServer } from './support.ts';

const GET = '/catalogd.v1.CatalogService/GetManifest';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ readMaxBytes: 64 * 1024 });
});
afterAll(async () => {
  await server.drain(1_000);
});

type Make = (baseUrl: string) => Transport;
const TRANSPORTS: [string, Make][] = [
  ['gRPC over h2c', (baseUrl) => createGrpcTransport({ baseUrl })],
  [
    'gRPC, gzipped requests',
    (baseUrl) =>
      createGrpcTransport({ baseUrl, sendCompression: compressionGzip, compressMinBytes: 1 }),
  ],
  ['gRPC-Web over HTTP/1.1', (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' })],
  ['gRPC-Web over h2c', (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '2' })],
  ['Connect over HTTP/1.1', (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1' })],
  ['Connect over h2c', (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '2' })],
  [
    'Connect binary, gzipped requests',
    (baseUrl) =>
      createConnectTransport({
        baseUrl,
        httpVersion: '1.1',
        useBinaryFormat: true,
        sendCompression: compressionGzip,
        compressMinBytes: 1,
      }),
  ],
  [
    'Connect GET over HTTP/1.1',
    (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1', useHttpGet: true }),
  ],
  [
    'Connect GET over h2c',
    (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '2', useHttpGet: true }),
  ],
];

describe.each(TRANSPORTS)('%s', (_, make) => {
  it('is answered', async () => {
    const client = createClient(CatalogService, make(server.url));
    const { manifest } = await client.getManifest({ name: 'a/b' });
    expect(manifest).toMatchObject({ name: 'a/b', version: 2n ** 53n + 1n });
  });

  it('gets the code of an error', async () => {
    const client = createClient(CatalogService, make(server.url));
    const err = await client.batchGetManifests({}).catch((reason) => ConnectError.from(reason));
    expect(err).toMatchObject({ code: Code.Unimplemented });
  });

  it('is refused a message above the limit, and served the next one', async () => {
    const client = createClient(CatalogService, make(server.url));
    const name = 'x'.repeat(1024 * 1024);
    const err = await client
      .registerManifest({ name })
      .catch((reason) => ConnectError.from(reason));
    expect(err).toMatchObject({ code: Code.ResourceExhausted });
    expect((await client.getManifest({ name: 'after' })).manifest?.name).toBe('after');
  });
});

describe('gRPC by grpc-js', () => {
  it('is answered, many at a time on one connection', async () => {
    const client = new GrpcClient(server.port);
    const names = Array.from({ length: 400 }, (_, i) => `n${i}`);
    const answers = await Promise.all(
      names.map((name) =>
        client.unary(CatalogService.method.getManifest, create(GetManifestRequestSchema, { name })),
      ),
    );
    client.close();
    expect(answers.map((answer) => answer.manifest?.name)).toEqual(names);
  });

  it('gets the code when its message is above the limit', async () => {
    const client = new GrpcClient(server.port);
    const request = create(GetManifestRequestSchema, { name: 'x'.repeat(4 * 1024 * 1024) });
    await expect(client.unary(CatalogService.method.getManifest, request)).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
    client.close();
  });
});

describe('the message of an error', () => {
  it.each(TRANSPORTS)('arrives as it was, punctuation and all: %s', async (_, make) => {
    const client = createClient(CatalogService, make(server.url));
    const err = await client.listObjects({}).catch((reason) => ConnectError.from(reason));
    expect((err as ConnectError).rawMessage).toBe(PUNCTUATION);
  });

  it('arrives as it was, at grpc-js too', async () => {
    const client = new GrpcClient(server.port);
    const request = create(ListObjectsRequestSchema);
    const call = client.unary(CatalogService.method.listObjects, request);
    await expect(call).rejects.toMatchObject({ details: PUNCTUATION });
    client.close();
  });
});

describe('Connect by plain HTTP', () => {
  it('shows zero values and large integers', async () => {
    const answer = await fetch(server.url + GET, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"a"}',
    });
    const body = (await answer.json()) as { manifest: Record<string, unknown> };
    expect(body.manifest).toMatchObject({
      version: '9007199254740993',
      objectCount: '0',
      objectsOmitted: false,
    });
  });

  it('answers GET for methods without side effects only', async () => {
    const query = `?connect=v1&encoding=json&message=${encodeURIComponent('{"name":"a"}')}`;
    expect((await fetch(server.url + GET + query)).status).toBe(200);
    const register = '/catalogd.v1.CatalogService/RegisterManifest';
    expect((await fetch(server.url + register + query)).status).toBe(405);
  });

  it('never compresses an answer', async () => {
    const answer = await fetch(server.url + GET, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip' },
      body: JSON.stringify({ name: 'x'.repeat(10_000) }),
    });
    expect(answer.headers.get('content-encoding')).toBeNull();
    expect((await answer.json()) as object).toHaveProperty('manifest');
  });

  it('refuses a deadline longer than the limit', async () => {
    const answer = await fetch(server.url + GET, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'connect-timeout-ms': '9999999999' },
      body: '{"name":"a"}',
    });
    expect(answer.status).toBe(400);
  });

  it('takes a target in absolute-form, as it is sent to a proxy (RFC 9112 section 3.2.2)', async () => {
    const request = http.request({
      port: server.port,
      path: `http://elsewhere.example${GET}`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    request.end('{"name":"a"}');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(200);
  });

  it('answers 400 to an authority that is none, on HTTP/1.1', async () => {
    const request = http.request({
      port: server.port,
      path: GET,
      method: 'POST',
      headers: { host: '[', 'content-type': 'application/json' },
    });
    request.end('{}');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toBe('application/problem+json');
  });

  it('answers 400 to an authority that is none, on h2c', async () => {
    const session = http2.connect(server.url);
    const stream = session.request({
      ':path': GET,
      ':method': 'POST',
      ':authority': '[',
      'content-type': 'application/grpc',
    });
    stream.end('{}');
    const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    stream.resume();
    await once(stream, 'close');
    session.close();
    expect(headers[':status']).toBe(400);
  });
});
