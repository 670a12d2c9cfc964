import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { HttpHandler } from '../http/exchange.ts';
import { createHttp1Server } from './http1-server.ts';
import { createHttp2Server } from './http2-server.ts';
import { InFlight } from './in-flight.ts';
import type { Lane } from './lane/lane.ts';
import type { ServerLimits } from './limits.ts';
import type { Log } from './log.ts';
import { PerAddress } from './per-address.ts';
import { detectProtocol, type Protocol } from './protocol-detector.ts';
import { SlowReaders } from './slow-readers.ts';
import type { TlsMaterial } from './tls-files.ts';
import { type ClientAuth, createTlsServer } from './tls-server.ts';

/** How long connections have to close by themselves once nothing is in flight any more. */
const LINGER_MS = 500;

/** Where to listen, and what answers. */
export interface ListenOptions {
  /** A host name or address. */
  readonly host: string;
  /** A port; 0 takes a free one. */
  readonly port: number;
  /** Answers every request of every connection. */
  readonly handler: HttpHandler;
  /** Offered each HTTP/2 stream before the handler is. */
  readonly lane?: Lane | undefined;
  /** Makes the port one for TLS alone; absent: for plain text alone. */
  readonly tls?: ListenTls | undefined;
  readonly limits: ServerLimits;
  readonly log: Log;
}

/** With what a port speaks TLS. */
export interface ListenTls {
  readonly material: TlsMaterial;
  readonly clientAuth: ClientAuth;
}

/** What a port is busy with. */
export interface ListenerLoad {
  /** Connections that are open. */
  readonly connections: number;
  /** Requests that are being served, on all of them. */
  readonly requests: number;
  /** Connections that were refused so far, for there were too many. */
  readonly refused: number;
}

/** A port that is listened on. */
export interface Listener {
  /** What it is busy with now. */
  load(): ListenerLoad;
  readonly address: AddressInfo;
  /** Uses other TLS material for connections to come. Without effect on a port in plain text. */
  renewTls(material: TlsMaterial): void;
  /**
   * Stops accepting, lets what is in flight finish, and destroys what is left after `drainMs`
   * milliseconds. Idle connections, and those that have not sent a request yet, delay it by no more
   * than half a second, however their clients behave. Never fails; a repeated call waits for the first.
   */
  close(drainMs: number): Promise<void>;
}

/** The port cannot be listened on. The message is fit for the operator. */
export class ListenError extends Error {
  override name = 'ListenError';
}

/**
 * Serves HTTP/1.1 and HTTP/2 on one port. In plain text ("prior knowledge", RFC 9113 section 3.3) the
 * first bytes tell which of them a client speaks, with TLS it is ALPN; the two servers behind are the
 * same.
 *
 * @throws {ListenError} if the address is in use, not ours, or not permitted.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { handler, lane, limits, log, tls } = options;
  const inFlight = new InFlight();
  const sockets = new Set<Socket>();
  const slow = new SlowReaders(limits.answerTimeoutMs, log);
  const http1 = createHttp1Server(handler, inFlight, slow, limits);
  const http2 = createHttp2Server(handler, inFlight, slow, limits, log, lane);

  const serve = (socket: Socket, protocol: Protocol) =>
    (protocol === 'http2' ? http2 : http1).serve(socket);
  const secure = tls && createTlsServer({ ...tls, limits, log, onSecure: serve });
  const servePlain = (socket: Socket) =>
    detectProtocol(socket, limits.firstBytesTimeoutMs, (protocol) => {
      if (protocol !== 'tls') {
        serve(socket, protocol);
        return;
      }
      log.debug({ peer: socket.remoteAddress }, 'connection closed: TLS on a port in plain text');
      socket.destroy();
    });

  const { server } = http1;
  const perAddress = new PerAddress(limits.maxConnectionsPerAddress);
  server.on('connection', (socket: Socket) => {
    const leave = perAddress.enter(socket.remoteAddress ?? '');
    if (leave === undefined) {
      log.debug({ peer: socket.remoteAddress }, 'connection refused: too many of its address');
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      leave();
    });
    if (secure === undefined) servePlain(socket);
    else secure.serve(socket);
  });
  let refused = 0;
  server.on('drop', () => {
    refused += 1;
    log.debug({ maxConnections: limits.maxConnections }, 'connection refused: too many');
  });

  try {
    await bind(options, server);
  } catch (error) {
    slow.stop();
    throw error;
  }
  // For example EMFILE while accepting: that connection is lost, the port is not.
  server.on('error', (err) => log.error({ err }, 'accepting a connection failed'));

  let closed: Promise<void> | undefined;
  const close = async (drainMs: number) => {
    const allClosed = once(server, 'close');
    const destroyAll = () => {
      for (const socket of sockets) socket.destroy();
    };
    const deadline = setTimeout(destroyAll, drainMs);
    let linger: NodeJS.Timeout | undefined;
    http1.close();
    http2.close();
    inFlight.onIdle(() => {
      clearTimeout(linger);
      linger = setTimeout(() => {
        if (inFlight.count === 0) destroyAll();
      }, LINGER_MS);
    });
    await allClosed;
    clearTimeout(deadline);
    clearTimeout(linger);
    slow.stop();
  };
  return {
    address: server.address() as AddressInfo,
    load: () => ({ connections: sockets.size, requests: inFlight.count, refused }),
    renewTls: (material) => secure?.renew(material),
    close: (drainMs) => {
      closed ??= close(drainMs);
      return closed;
    },
  };
}

async function bind({ host, port }: ListenOptions, server: Server): Promise<void> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    const why = LISTEN_FAILURES[code] ?? `the system answered ${code}`;
    throw new ListenError(`cannot listen on ${host}:${port}: ${why}`, { cause });
  }
}

const LISTEN_FAILURES: Record<string, string> = {
  EADDRINUSE: 'another process listens there; stop it or choose another port',
  EADDRNOTAVAIL: 'this machine has no such address; choose one of its own',
  EACCES: 'this user may not; ports below 1024 are often reserved for root, choose a higher one',
  ENOTFOUND: 'the host name is not known; choose a name that resolves, or an address',
};
