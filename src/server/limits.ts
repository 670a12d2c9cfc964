/** What one caller may take of the server. Times in milliseconds. */
export interface ServerLimits {
  /** Connections at a time; a further one is closed as soon as it is accepted. */
  readonly maxConnections: number;
  /** Connections at a time from one IPv4 address, or from one IPv6 network of 64 bits. */
  readonly maxConnectionsPerAddress: number;
  /** How long a new connection may take to show which protocol it speaks. */
  readonly firstBytesTimeoutMs: number;
  /** How long a TLS handshake may take. */
  readonly handshakeTimeoutMs: number;
  /** HTTP/1.1: until all headers are there. HTTP/2: until the client's first SETTINGS are. */
  readonly headersTimeoutMs: number;
  /**
   * Until a request is there whole. Calls that stream their requests over HTTP/2 are exempt.
   * At least `headersTimeoutMs`.
   */
  readonly requestTimeoutMs: number;
  /**
   * How long a client may take to read an answer, or one message of a stream, that is ready for it;
   * some more until it is noticed. What it does not read is cut.
   */
  readonly answerTimeoutMs: number;
  /** How long an HTTP/1.1 connection is kept without a request. */
  readonly keepAliveTimeoutMs: number;
  /** How long an HTTP/2 connection is kept without an open stream and without a ping. */
  readonly sessionIdleTimeoutMs: number;
  /** Bytes of the headers of one request, names and values together. */
  readonly maxHeaderBytes: number;
  /** HTTP/2: calls at a time on one connection; clients queue further ones. */
  readonly maxConcurrentStreams: number;
  /** HTTP/2: megabytes which one connection may hold in memory, mostly answers not yet sent. */
  readonly maxSessionMemoryMb: number;
  /** Bytes of one request message, after decompression. */
  readonly readMaxBytes: number;
  /** Bytes of one response message. */
  readonly writeMaxBytes: number;
  /** The longest deadline a caller may ask for. At most 2^31 - 1, the longest timer of Node. */
  readonly maxTimeoutMs: number;
}

const MIB = 1024 * 1024;

/** Limits that fit a catalog with manifests of up to 100,000 objects (about 10 MB as a request). */
export const DEFAULT_LIMITS: ServerLimits = {
  maxConnections: 10_000,
  // Many clients may stand behind one address: a load balancer, a NAT.
  maxConnectionsPerAddress: 2_000,
  firstBytesTimeoutMs: 5_000,
  handshakeTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  answerTimeoutMs: 60_000,
  // Above the 60 s at which common load balancers drop an idle connection: the side that sends the
  // next request should be the one that closes, or requests are lost in between.
  keepAliveTimeoutMs: 65_000,
  sessionIdleTimeoutMs: 15 * 60_000,
  maxHeaderBytes: 16 * 1024,
  maxConcurrentStreams: 256,
  // As many answers of 4 MiB as there may be streams: Node's default of 10 MB refuses calls when a
  // few dozen large pages are under way on one connection.
  maxSessionMemoryMb: 1024,
  readMaxBytes: 32 * MIB,
  // Answers are cut at 4 MiB of Protobuf; the same in JSON takes a few times as much.
  writeMaxBytes: 32 * MIB,
  maxTimeoutMs: 24 * 60 * 60_000,
};
