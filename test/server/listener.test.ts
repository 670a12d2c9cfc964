import { once } from 'node:events';
import http2 from 'node:http2';
import type { Socket } from 'node:net';
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CatalogService,
  GetManifestRequestSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { DEFAULT_LIMITS } from '../../src/server/limits.ts';
import { listen } from '../../src/server/listener.ts';
import {
  GrpcClient,
  rawConnect,
  readAll,
  sleep,
  startTestServer,
  type TestServer,
} from './support.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** An empty SETTINGS frame (RFC 9113 section 6.5). */
const SETTINGS = '\x00\x00\x00\x04\x00\x00\x00\x00\x00';
const HEALTHZ = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';
const LIMITS = {
  firstBytesTimeoutMs: 300,
  headersTimeoutMs: 400,
  requestTimeoutMs: 600,
  keepAliveTimeoutMs: 5_000,
  sessionIdleTimeoutMs: 500,
  maxHeaderBytes: 8 * 1024,
};

let server: TestServer;
let bystander: GrpcClient;
beforeEach(async () => {
  server = await startTestServer(LIMITS);
  bystander = new GrpcClient(server.port);
  await askAsBystander();
});
afterEach(async () => {
  // Whatever the test did to the port: a client that was connected before is served after.
  await askAsBystander();
  bystander.close();
  await server.drain(2_000);
});

async function askAsBystander() {
  const request = create(GetManifestRequestSchema, { name: 'bystander' });
  const answer = await bystander.unary(CatalogService.method.getManifest, request);
  expect(answer.manifest?.name).toBe('bystander');
}

async function send(...pieces: string[]): Promise<Socket> {
  const socket = await rawConnect(server.port);
  socket.setNoDelay(true);
  for (const piece of pieces) {
    socket.write(Buffer.from(piece, 'latin1'));
    await sleep(20);
  }
  return socket;
}

describe('telling protocols apart', () => {
  it('serves HTTP/1.1 whatever way its bytes are split', async () => {
    for (const pieces of [
      [HEALTHZ],
      [...'GET /he', HEALTHZ.slice(7)],
      ['P', 'OST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'],
    ]) {
      const socket = await send(...pieces);
      socket.end();
      expect(await readAll(socket)).toMatch(/^HTTP\/1.1 (200 OK|405 Method Not Allowed)\r\n/);
    }
  });

  it('serves HTTP/2 with its preface split over packets', async () => {
    const socket = await rawConnect(server.port);
    socket.setNoDelay(true);
    const session = http2.connect(server.url, {
      createConnection: () => slowStart(socket),
    });
    const stream = session.request({ ':path': '/healthz' });
    const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    stream.resume();
    session.close();
    expect(headers[':status']).toBe(200);
  });

  it.each([
    ['nothing', []],
    ['a lone P', ['P']],
    ['PR and no more', ['P', 'R']],
  ])('closes a connection that sends %s', async (_, pieces) => {
    const socket = await send(...pieces);
    expect(await readAll(socket)).toBe('');
  });

  it('closes a connection that says PRI and nothing after it', async () => {
    // Node greets with its SETTINGS as soon as it is an HTTP/2 session.
    expect((await readAll(await send('PRI'))).startsWith('\x00\x00')).toBe(true);
    expect((await readAll(await send(PREFACE))).startsWith('\x00\x00')).toBe(true);
  });

  it.each([
    ['random bytes', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a line that is no request', 'hello\r\n\r\n'],
    ['zeros', '\x00'.repeat(100)],
    ['PRI and garbage', `PRI${'\xff'.repeat(200)}`],
    ['a preface and garbage', `${PREFACE}${'\xff'.repeat(200)}`],
  ])('cuts off garbage: %s', async (_, bytes) => {
    await readAll(await send(bytes));
  });

  it('survives clients that leave at any moment', async () => {
    for (const bytes of ['', 'P', 'PRI', PREFACE, PREFACE + SETTINGS, 'GET /', HEALTHZ]) {
      (await send(bytes)).destroy();
      (await send(bytes)).resetAndDestroy();
      const halfOpen = await send(bytes);
      halfOpen.end();
      await readAll(halfOpen);
    }
  });
});

describe('limits', () => {
  it('answers 408 or cuts when HTTP/1.1 headers come too slowly', async () => {
    const socket = await send('GET /healthz HTTP/1.1\r\n');
    const dribble = setInterval(() => socket.write('x: y\r\n'), 50);
    expect(await readAll(socket)).toMatch(/^(HTTP\/1.1 408 |$)/);
    clearInterval(dribble);
  });

  it('answers 408 or cuts when an HTTP/1.1 body comes too slowly', async () => {
    const socket = await send(
      'POST /catalogd.v1.CatalogService/GetManifest HTTP/1.1\r\nHost: a\r\n' +
        'Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n',
    );
    const dribble = setInterval(() => socket.write(' '), 50);
    expect(await readAll(socket)).toMatch(/^(HTTP\/1.1 408 |$)/);
    clearInterval(dribble);
  });

  it('cuts an upload that goes on after its answer', async () => {
    const socket = await send('POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n');
    const dribble = setInterval(() => socket.write(' '), 50);
    expect(await readAll(socket)).toMatch(/^HTTP\/1.1 404 /);
    clearInterval(dribble);
  });

  it('resets an HTTP/2 call whose request does not end', async () => {
    const session = http2.connect(server.url);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/catalogd.v1.CatalogService/GetManifest',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => {});
    stream.write(Buffer.from([0, 0, 0, 0, 9]));
    await new Promise((resolve) => stream.once('close', resolve));
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_CANCEL);
    session.close();
  });

  it('answers 431 to a huge header over HTTP/1.1', async () => {
    const socket = await send(
      `GET /healthz HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(10_000)}\r\n\r\n`,
    );
    expect(await readAll(socket)).toMatch(/^HTTP\/1.1 431 /);
  });

  it('refuses a huge header over HTTP/2, before and after the limit is settled', async () => {
    const session = http2.connect(server.url);
    const x = 'y'.repeat(10_000);
    const early = session.request({ ':path': '/healthz', x });
    const [headers] = (await once(early, 'response')) as [http2.IncomingHttpHeaders];
    early.resume();
    expect(headers[':status']).toBe(431);
    const late = session.request({ ':path': '/healthz', x });
    late.on('error', () => {});
    await new Promise((resolve) => late.once('close', resolve));
    expect(late.rstCode).toBe(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
    const next = session.request({ ':path': '/healthz' });
    const [after] = (await once(next, 'response')) as [http2.IncomingHttpHeaders];
    next.resume();
    session.close();
    expect(after[':status']).toBe(200);
  });

  it('closes an idle HTTP/2 connection, but not one with a quiet stream', async () => {
    const idle = http2.connect(server.url);
    const quiet = http2.connect(server.url);
    const watch = quiet.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Watch',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    watch.end(Buffer.from([0, 0, 0, 0, 0]));
    watch.on('error', () => {});
    watch.resume();
    await once(watch, 'response');
    await once(idle, 'close');
    await sleep(LIMITS.sessionIdleTimeoutMs);
    expect([watch.closed, quiet.closed]).toEqual([false, false]);
    quiet.destroy();
  });

  it('refuses connections above the limit and accepts again when others have gone', async () => {
    const own = await startTestServer({ maxConnections: 2 });
    const [first, second] = [await rawConnect(own.port), await rawConnect(own.port)];
    for (const socket of [first, second]) socket.write(HEALTHZ);
    await Promise.all([once(first, 'data'), once(second, 'data')]);
    expect(await readAll(await rawConnect(own.port))).toBe('');
    first.destroy();
    let answer = '';
    for (let i = 0; answer === '' && i < 100; i++) {
      const socket = await rawConnect(own.port);
      socket.end(HEALTHZ);
      answer = await readAll(socket);
    }
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    second.destroy();
    await own.drain(0);
  });
});

describe('listening', () => {
  const nothing = () => {};
  const options = {
    handler: nothing,
    limits: DEFAULT_LIMITS,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  };

  it('names the address and the way out when it is in use', async () => {
    await expect(
      listen({ ...options, host: '127.0.0.1', port: server.port }),
    ).rejects.toMatchObject({
      name: 'ListenError',
      message: `cannot listen on 127.0.0.1:${server.port}: another process listens there; stop it or choose another port`,
    });
  });

  it('says when the address is not one of this machine', async () => {
    await expect(listen({ ...options, host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      name: 'ListenError',
      message: expect.stringContaining('no such address'),
    });
  });
});

/** Sends the first bytes one at a time. */
function slowStart(socket: Socket): Socket {
  const write = socket._write.bind(socket);
  socket._writev = undefined as never;
  let left = 5;
  socket._write = (chunk, encoding, callback) => {
    if (left === 0 || chunk.length < 2) {
      write(chunk, encoding, callback);
      return;
    }
    left -= 1;
    write(chunk.subarray(0, 1), encoding, () => {
      setTimeout(() => socket._write(chunk.subarray(1), encoding, callback), 20);
    });
  };
  return socket;
}
