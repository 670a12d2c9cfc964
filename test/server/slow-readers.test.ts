import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/server/limits.ts';
import { type Listener, listen } from '../../src/server/listener.ts';
import { rawConnect, sleep } from './support.ts';

/** More than the buffers of two sockets take. */
const BIG = Buffer.alloc(64 * 1024 * 1024);
const CUT = 'answer cut: its client has not read it in time';

/** The same in pieces, each sent when the one before it is. */
const pieces = () => Readable.from(Array.from({ length: 1_024 }, () => BIG.subarray(0, 64 * 1024)));

let listener: Listener;
let logged: string[];
beforeEach(async () => {
  logged = [];
  const line = (_: unknown, message: string) => logged.push(message);
  listener = await listen({
    host: '127.0.0.1',
    port: 0,
    handler: (request, response) => {
      if (request.url === '/pieces') pieces().pipe(response as ServerResponse);
      else response.end(request.url === '/big' ? BIG : 'small');
    },
    limits: { ...DEFAULT_LIMITS, answerTimeoutMs: 400 },
    log: { debug: line, info: line, warn: line, error: line },
  });
});
afterEach(async () => {
  const other = await fetch(`http://127.0.0.1:${listener.address.port}/`);
  expect(await other.text()).toBe('small');
  await listener.close(0);
});

describe('an answer that its client does not read', () => {
  it('is cut over HTTP/1.1', async () => {
    const socket = await rawConnect(listener.address.port);
    socket.write('GET /big HTTP/1.1\r\nHost: a\r\n\r\n');
    await cut();
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
    await new Promise((resolve) => socket.once('close', resolve).once('end', resolve));
    socket.destroy();
    expect(bytes).toBeLessThan(BIG.length);
  });

  it('is cut over HTTP/2, and its connection goes on', async () => {
    const session = http2.connect(`http://127.0.0.1:${listener.address.port}`);
    const stream = session.request({ ':path': '/big' });
    stream.on('error', () => {});
    const closed = once(stream, 'close');
    await once(stream, 'response');
    // Nothing reads the stream, so no more than its window is sent.
    await cut();
    await closed;
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_CANCEL);
    const next = session.request({ ':path': '/' });
    const [headers] = (await once(next, 'response')) as [http2.IncomingHttpHeaders];
    next.resume();
    expect(headers[':status']).toBe(200);
    session.close();
  });

  it('is cut with its connection, where that is not read at all', async () => {
    const between = new StoppingProxy(listener.address.port);
    const session = http2.connect(`http://127.0.0.1:${await between.listen()}`, {
      settings: { initialWindowSize: 2 ** 30 },
    });
    session.on('error', () => {});
    await once(session, 'remoteSettings');
    session.setLocalWindowSize(2 ** 30);
    const stream = session.request({ ':path': '/big' });
    stream.on('error', () => {});
    between.stop();
    await cut();
    // A second look ends the connection; who reads again sees it.
    await sleep(1_000);
    between.go();
    await between.ended;
    session.destroy();
    between.close();
  });

  it.each([
    ['HTTP/1.1', getPieces],
    ['HTTP/2', getPiecesOverHttp2],
  ])(
    'is left alone while piece after piece of it is read, however long all of it takes: %s',
    async (_, get) => {
      let bytes = 0;
      // Longer than an answer may take, and whenever it is looked at as many bytes wait.
      for await (const chunk of await get()) {
        bytes += chunk.length;
        if (bytes > BIG.length) break;
        await sleep(1);
      }
      expect(logged).toEqual([]);
    },
  );
});

async function getPieces(): Promise<AsyncIterable<Buffer>> {
  const socket = await rawConnect(listener.address.port);
  socket.write('GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n');
  return socket;
}

async function getPiecesOverHttp2(): Promise<AsyncIterable<Buffer>> {
  const session = http2.connect(`http://127.0.0.1:${listener.address.port}`);
  const stream = session.request({ ':path': '/pieces' });
  stream.once('close', () => session.close());
  return stream;
}

/** Stands between a client and the server, and can stop to read what the server sends. */
class StoppingProxy {
  readonly #server = net.createServer((client) => {
    const upstream = net.connect({ port: this.#port, host: '127.0.0.1' });
    this.#upstream = upstream;
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.pipe(upstream);
    upstream.on('data', (chunk) => client.write(chunk));
    upstream.once('close', this.#ended.resolve);
  });
  readonly #ended = Promise.withResolvers<void>();
  readonly #port: number;
  #upstream: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves when the server has ended the connection. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    this.#upstream?.pause();
  }

  go(): void {
    this.#upstream?.resume();
  }

  close(): void {
    this.#server.close();
  }
}

async function cut(): Promise<void> {
  for (let i = 0; i < 500 && !logged.includes(CUT); i++) await sleep(20);
  expect(logged).toContain(CUT);
}
