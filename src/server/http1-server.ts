import http, { type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { joinAuthorization } from '../http/authorization.ts';
import type { HttpHandler } from '../http/exchange.ts';
import type { InFlight } from './in-flight.ts';
import { inTurn } from './in-turn.ts';
import type { ServerLimits } from './limits.ts';
import type { SlowReaders } from './slow-readers.ts';
import { discardUpload } from './upload.ts';

/** Between two TCP keep-alive probes: a client that vanished is noticed, even by an idle watch. */
const TCP_KEEP_ALIVE_MS = 30_000;

/** The HTTP/1.1 side of the port, and the listening socket itself. */
export interface Http1Server {
  /** Listens and accepts. Its `connection` event is free for the owner to decide on. */
  readonly server: http.Server;
  /** Serves a connection that was accepted. */
  serve(socket: Socket): void;
  /** Stops accepting, closes idle connections, and each other one with its next answer. */
  close(): void;
}

/**
 * Creates the HTTP/1.1 server. It is the one that listens, for both protocols: Node closes idle
 * connections and checks its timeouts only on a server that does.
 */
export function createHttp1Server(
  handler: HttpHandler,
  inFlight: InFlight,
  slow: SlowReaders,
  limits: ServerLimits,
): Http1Server {
  const responses = new Set<ServerResponse>();
  let closing = false;

  const server = http.createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.max(20, Math.min(2_000, limits.headersTimeoutMs / 4)),
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
      noDelay: true,
    },
    (request, response) => {
      inFlight.begin();
      responses.add(response);
      if (closing) response.setHeader('connection', 'close');
      response.once('finish', () => discardUpload(request));
      response.once('close', () => {
        responses.delete(response);
        slow.delete(response);
        inFlight.end();
      });
      inTurn(request, response, () => {
        slow.add(response);
        joinAuthorization(request.headers, request.rawHeaders);
        handler(request, response);
      });
    },
  );
  server.maxConnections = limits.maxConnections;

  const [serveConnection] = server.listeners('connection');
  if (serveConnection === undefined) throw new Error('http.Server has no connection listener');
  server.removeAllListeners('connection');

  return {
    server,
    serve: (socket) => {
      serveConnection.call(server, socket);
      if (socket instanceof TLSSocket) bufferWhilePaused(socket);
    },
    close: () => {
      closing = true;
      for (const response of responses) {
        if (!response.headersSent) response.setHeader('connection', 'close');
      }
      server.close();
    },
  };
}

/**
 * Node stops reading from a connection that has too much left to send, and pauses its parser. A TLS socket
 * goes on giving the parser what it has decrypted, which then fails (HPE_PAUSED): the connection was lost
 * that sent a request before the large answer ahead of it was read. With a listener beside it, what comes
 * takes the way through the stream, which buffers.
 */
function bufferWhilePaused(socket: TLSSocket): void {
  socket.on('data', () => {});
}
