import type { Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import type { ServerLimits } from './limits.ts';
import type { Log } from './log.ts';
import type { Protocol } from './protocol-detector.ts';
import type { TlsMaterial } from './tls-files.ts';

/**
 * Whether a client that has no certificate is served: not with `require`, anonymously with `request`.
 * One that has a certificate which cannot be verified is never served.
 */
export type ClientAuth = 'require' | 'request';

/** How {@link createTlsServer} shakes hands. */
export interface TlsServerOptions {
  readonly material: TlsMaterial;
  /** Of no effect without authorities of clients. */
  readonly clientAuth: ClientAuth;
  readonly limits: ServerLimits;
  readonly log: Log;
  /** Takes over a connection whose handshake is done. */
  readonly onSecure: (socket: TLSSocket, protocol: Protocol) => void;
}

/** The TLS side of the port. It never listens: connections are given to it. */
export interface TlsServer {
  /** Shakes hands over a connection that was accepted elsewhere, within the handshake's timeout. */
  serve(socket: Socket): void;
  /** Uses other material from the next handshake on. Connections that are open stay. */
  renew(material: TlsMaterial): void;
}

/**
 * Creates the TLS server: version 1.2 or newer, the protocol told by ALPN (RFC 7301). A client that
 * does not use ALPN is served HTTP/1.1; one that knows neither protocol is refused by the handshake.
 */
export function createTlsServer(options: TlsServerOptions): TlsServer {
  const { material, clientAuth, limits, log, onSecure } = options;
  const asks = material.ca !== undefined;
  const server = tls.createServer({
    ...contextOptions(material),
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: limits.handshakeTimeoutMs,
    requestCert: asks,
    rejectUnauthorized: asks && clientAuth === 'require',
  });
  server.on('secureConnection', (socket) => {
    if (asks && !socket.authorized && socket.getPeerX509Certificate() !== undefined) {
      refuse(socket, log);
      return;
    }
    // Renegotiation costs a server more than its client, and HTTP/2 forbids it (RFC 9113 section 9.2.1).
    socket.disableRenegotiation();
    onSecure(socket, socket.alpnProtocol === 'h2' ? 'http2' : 'http1');
  });
  server.on('tlsClientError', (err, socket) => {
    const { authorizationError } = socket;
    if (authorizationError) {
      refuse(socket, log);
    } else {
      log.debug({ err, peer: socket.remoteAddress }, 'TLS handshake failed');
      socket.destroy();
    }
  });
  const tell = ({ validFrom, validTo }: TlsMaterial) =>
    log.info({ validFrom, validTo }, 'TLS certificate in use');
  tell(material);
  return {
    serve: (socket) => server.emit('connection', socket),
    renew: (next) => {
      server.setSecureContext(contextOptions(next));
      tell(next);
    },
  };
}

function contextOptions({ cert, key, ca }: TlsMaterial) {
  return { cert, key, ca, minVersion: 'TLSv1.2' } as const;
}

function refuse(socket: TLSSocket, log: Log): void {
  const { authorizationError: reason, remoteAddress: peer } = socket;
  log.debug({ reason: String(reason), peer }, 'TLS handshake failed: no valid client certificate');
  socket.destroy();
}
