import type { LeftBecause } from '../catalog/errors.ts';

/** How a call came in. `http` is the plain HTTP facade. */
export type CallProtocol = 'grpc' | 'grpc-web' | 'connect' | 'http';

/** The other end of a connection. */
export interface Peer {
  /** Its IP address; empty where the connection is gone. */
  readonly address: string;
  /** Its certificate, where it has shown one that was verified. */
  readonly certificate?: PeerCertificate | undefined;
}

/** Whom a verified client certificate is for. */
export interface PeerCertificate {
  /** The common name of its subject (RFC 5280 section 4.1.2.6); empty where it has none. */
  readonly subject: string;
  /** Its subject alternative names, each with its kind: `DNS:a.example`, `URI:spiffe://...`. */
  readonly names: readonly string[];
}

/** A call as any protocol hands it over. */
export interface IncomingCall {
  readonly protocol: CallProtocol;
  readonly peer: Peer;
  /**
   * Fires when the deadline has passed, the caller has gone, or the server ends. May be made when it
   * is first asked for: most reads end without.
   */
  readonly signal: AbortSignal;
  /** Milliseconds until the caller's deadline; absent when it set none. */
  readonly timeoutMs: number | undefined;
  /** Why `signal` has fired. */
  leftBecause(): LeftBecause;
  /** A header of the request, by its name in lower case. Several of one name are joined by `, `. */
  header(name: string): string | undefined;
  /** Sets a header of the answer, whether it is a message or an error. */
  setHeader(name: string, value: string): void;
}
