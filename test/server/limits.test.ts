import { once } from 'node:events';
import http2 from 'node:http2';
import { describe, expect, it } from '@jest/globals';
import { DisturbedPort } from './disturbed-port.ts';
import { rawConnect, readAll, sleep, startTestServer } from './support.ts';

const HEALTHZ = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';
const LIMITS = {
  firstBytesTimeoutMs: 300,
  headersTimeoutMs: 400,
  requestTimeoutMs: 600,
  keepAliveTimeoutMs: 5_000,
  sessionIdleTimeoutMs: 500,
  maxHeaderBytes: 8 * 1024,
};

const port = new DisturbedPort(LIMITS);

describe('limits', () => {
  it('answers 408 or cuts when HTTP/1.1 headers come too slowly', async () => {
    const socket = await port.send('GET /healthz HTTP/1.1\r\n');
    const dribble = setInterval(() => socket.write('x: y\r\n'), 50);
    expect(await readAll(socket)).toMatch(/^(HTTP\/1.1 408 |$)/);
    clearInterval(dribble);
  });

  it('answers 408 or cuts when an HTTP/1.1 body comes too slowly', async () => {
    const socket = await port.send(
      'POST /catalogd.v1.CatalogService/GetManifest HTTP/1.1\r\nHost: a\r\n' +
        'Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n',
    );
    const dribble = setInterval(() => socket.write(' '), 50);
    expect(await readAll(socket)).toMatch(/^(HTTP\/1.1 408 |$)/);
    clearInterval(dribble);
  });

  it('cuts an upload that goes on after its answer', async () => {
    const socket = await port.send(
      'POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n',
    );
    const dribble = setInterval(() => socket.write(' '), 50);
    expect(await readAll(socket)).toMatch(/^HTTP\/1.1 404 /);
    clearInterval(dribble);
  });

  it('reads an HTTP/2 upload on after its answer', async () => {
    const own = await startTestServer({ readMaxBytes: 1024 });
    const session = http2.connect(own.url);
    const upload = refusedUpload(session);
    upload.end();
    await new Promise((resolve) => upload.once('close', resolve));
    expect(upload.rstCode).toBe(http2.constants.NGHTTP2_NO_ERROR);
    session.destroy();
    await own.drain(0);
  });

  it('ends an HTTP/2 upload that goes on after its answer when its time is up', async () => {
    const own = await startTestServer({ ...LIMITS, readMaxBytes: 1024 });
    const session = http2.connect(own.url);
    const upload = refusedUpload(session);
    await new Promise((resolve) => upload.once('close', resolve));
    expect(upload.rstCode).toBe(http2.constants.NGHTTP2_NO_ERROR);
    session.destroy();
    await own.drain(0);
  });

  it('resets an HTTP/2 call whose request does not end', async () => {
    const session = http2.connect(port.server.url);
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
    const socket = await port.send(
      `GET /healthz HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(10_000)}\r\n\r\n`,
    );
    expect(await readAll(socket)).toMatch(/^HTTP\/1.1 431 /);
  });

  it('refuses a huge header over HTTP/2, before and after the limit is settled', async () => {
    const session = http2.connect(port.server.url);
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
    const idle = http2.connect(port.server.url);
    const quiet = http2.connect(port.server.url);
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

/** Begins a message above the limit, and writes many times what fits into the window. */
function refusedUpload(session: http2.ClientHttp2Session): http2.ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => {});
  stream.resume();
  stream.write(Buffer.from([0, 0, 16, 0, 0]));
  stream.write(Buffer.alloc(1024 * 1024));
  return stream;
}
