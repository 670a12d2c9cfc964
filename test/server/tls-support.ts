import { once } from 'node:events';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { ServerLimits } from '../../src/server/limits.ts';
import { readTlsFiles } from '../../src/server/tls-files.ts';
import type { ClientAuth } from '../../src/server/tls-server.ts';
import { authority, type CertificateName, certificatePath } from '../support/certificates.ts';
import { startTestServer } from './support.ts';

/** What of a TLS server a test may want otherwise. */
export interface TlsTestOptions {
  readonly certificate?: CertificateName;
  /** Asks clients for a certificate of the authority `ca`. */
  readonly clientAuth?: ClientAuth;
  readonly limits?: Partial<ServerLimits>;
}

/** {@link startTestServer} with TLS. */
export async function startTlsServer(options: TlsTestOptions = {}) {
  const { certificate = 'server', clientAuth, limits } = options;
  const material = await readTlsFiles({
    cert: certificatePath(certificate),
    key: certificatePath(certificate, 'key'),
    clientCa: clientAuth && certificatePath('ca'),
  });
  return startTestServer(limits, { material, clientAuth: clientAuth ?? 'require' });
}

/** A TLS connection that does only what the test tells it to. Rejects if the handshake fails. */
export async function tlsConnect(
  port: number,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const socket = tls.connect({ port, host: '127.0.0.1', ca: authority(), ...options });
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  return socket;
}
