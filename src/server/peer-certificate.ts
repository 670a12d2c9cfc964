import type { TLSSocket } from 'node:tls';
import type { PeerCertificate } from '../rpc/incoming-call.ts';

/** What a connection's certificate says never changes, and every call asks for it. */
const known = new WeakMap<object, PeerCertificate>();

/**
 * The certificate that the other end of a connection has shown, if it was verified. Of a subject with
 * several common names none is told: which of them it is about, readers disagree.
 */
export function certificateOf(socket: object): PeerCertificate | undefined {
  // HTTP/2 hands out a stand-in for its socket, which has its properties but not its class.
  const { authorized, getPeerX509Certificate } = socket as Partial<TLSSocket>;
  if (authorized !== true || getPeerX509Certificate === undefined) return undefined;
  const found = known.get(socket);
  if (found !== undefined) return found;
  const certificate = getPeerX509Certificate.call(socket as TLSSocket);
  if (certificate === undefined) return undefined;
  const commonName: unknown = certificate.toLegacyObject().subject?.CN;
  const peer = {
    subject: typeof commonName === 'string' ? commonName : '',
    names: alternativeNames(certificate.subjectAltName ?? ''),
  };
  known.set(socket, peer);
  return peer;
}

/**
 * The names in Node's text of them, `DNS:a, URI:"b, c"`. What could be taken for more than one name is
 * quoted there as JSON (CVE-2021-44532).
 */
export function alternativeNames(text: string): string[] {
  return [...text.matchAll(/([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)].map(
    ([, kind, value = '']) => {
      const name = value.startsWith('"') ? String(JSON.parse(value)) : value;
      return `${kind === 'IP Address' ? 'IP' : kind}:${name}`;
    },
  );
}
