import { once } from 'node:events';
import http2 from 'node:http2';
import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/server/limits.ts';
import { listen } from '../../src/server/listener.ts';
import { DisturbedPort } from './disturbed-port.ts';
import { rawConnect, readAll, startTestServer } from './support.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** An empty SETTINGS frame (RFC 9113 section 6.5). */
const SETTINGS = '\x00\x00\x00\x04\x00\x00\x00\x00\x00';
const HEALTHZ = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';

const port = new DisturbedPort({ firstBytesTimeoutMs: 300, headersTimeoutMs: 400 });

describe('telling protocols apart', () => {
  it('serves HTTP/1.1 whatever way its bytes are split', async () => {
    for (const pieces of [
      [HEALTHZ],
      [...'GET /he', HEALTHZ.slice(7)],
      ['P', 'OST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'],
    ]) {
      const socket = await port.send(...pieces);
      socket.end();
      expect(await readAll(socket)).toMatch(/^HTTP\/1.1 (200 OK|405 Method Not Allowed)\r\n/);
    }
  });

  it('serves HTTP/2 with its preface split over packets', async () => {
    const socket = await rawConnect(port.server.port);
    socket.setNoDelay(true);
    const session = http2.connect(port.server.url, {
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
    const socket = await port.send(...pieces);
    expect(await readAll(socket)).toBe('');
  });

  it('closes a connection that says PRI and nothing after it', async () => {
    const own = await startTestServer({ headersTimeoutMs: 200 });
    for (const bytes of ['PRI', PREFACE]) {
      const socket = await rawConnect(own.port);
      socket.write(bytes);
      // Node greets with its SETTINGS as soon as it is an HTTP/2 session.
      expect((await readAll(socket)).startsWith('\x00\x00')).toBe(true);
    }
    await own.drain(0);
  });

  it('closes an HTTP/2 connection whose client half-closes it', async () => {
    const own = await startTestServer();
    const socket = await rawConnect(own.port);
    socket.end(Buffer.from(PREFACE + SETTINGS, 'latin1'));
    await readAll(socket);
    await own.drain(0);
  });

  it.each([
    ['random bytes', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a line that is no request', 'hello\r\n\r\n'],
    ['zeros', '\x00'.repeat(100)],
    ['PRI and garbage', `PRI${'\xff'.repeat(200)}`],
    ['a preface and garbage', `${PREFACE}${'\xff'.repeat(200)}`],
  ])('cuts off garbage: %s', async (_, bytes) => {
    await readAll(await port.send(bytes));
  });

  it('survives clients that leave at any moment', async () => {
    for (const bytes of ['', 'P', 'PRI', PREFACE, PREFACE + SETTINGS, 'GET /', HEALTHZ]) {
      (await port.send(bytes)).destroy();
      (await port.send(bytes)).resetAndDestroy();
      const halfOpen = await port.send(bytes);
      halfOpen.end();
      await readAll(halfOpen);
    }
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
      listen({ ...options, host: '127.0.0.1', port: port.server.port }),
    ).rejects.toMatchObject({
      name: 'ListenError',
      message: `cannot listen on 127.0.0.1:${port.server.port}: another process listens there; stop it or choose another port`,
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
