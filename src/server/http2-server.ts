import http2, {
  constants,
  type Http2ServerRequest,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { joinAuthorization } from '../http/authorization.ts';
import { type HttpHandler, sendProblem } from '../http/exchange.ts';
import type { InFlight } from './in-flight.ts';
import type { Lane } from './lane/lane.ts';
import type { ServerLimits } from './limits.ts';
import type { Log } from './log.ts';
import type { SlowReaders } from './slow-readers.ts';
import { discardUpload } from './upload.ts';

/**
 * How long a draining session waits for the answer to its ping before it refuses new streams: more
 * than most round trips take. Node's own client (24.21) leaves a ping after a GOAWAY unanswered.
 */
const GOAWAY_PING_MS = 100;

/** Names no stream: what the first GOAWAY of a graceful shutdown carries (RFC 9113 section 6.8). */
const HIGHEST_STREAM_ID = 2 ** 31 - 1;

/** The HTTP/2 side of the port. It never listens: connections are given to it. */
export interface Http2Server {
  /** Serves a connection that was accepted elsewhere, in plain text or after a TLS handshake. */
  serve(socket: Socket): void;
  /** Lets every connection finish the streams it has open, and open no more. */
  close(): void;
}

/**
 * Creates the HTTP/2 server.
 *
 * @param lane offered each stream first; what it does not take goes to the handler.
 */
export function createHttp2Server(
  handler: HttpHandler,
  inFlight: InFlight,
  slow: SlowReaders,
  limits: ServerLimits,
  log: Log,
  lane?: Lane,
): Http2Server {
  const sessions = new Set<ServerHttp2Session>();

  const server = http2.createServer({
    maxSessionMemory: limits.maxSessionMemoryMb,
    settings: {
      enablePush: false,
      maxConcurrentStreams: limits.maxConcurrentStreams,
      maxHeaderListSize: limits.maxHeaderBytes,
    },
  });
  // Never listens, never sees a connection: makes requests and responses of the streams it is given.
  const base = http2.createServer();
  server.on('stream', (stream, headers, flags, rawHeaders: readonly string[]) => {
    joinAuthorization(headers, rawHeaders);
    const laned = !isOverHeaderLimit(stream, rawHeaders, limits) && lane?.(stream, headers);
    if (laned !== true) base.emit('stream', stream, headers, flags, rawHeaders);
  });
  base.on('request', (request, response) => {
    const { stream } = request;
    stream.once('finish', () => endUpload(request, limits.requestTimeoutMs));
    if (isOverHeaderLimit(stream, request.rawHeaders, limits)) {
      const detail = `The headers take more than ${limits.maxHeaderBytes} bytes.`;
      sendProblem(request, response, 431, 'Request Header Fields Too Large', detail);
    } else {
      handler(request, response);
    }
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    trackStreams(session, inFlight, slow, limits);
  });
  // A client broke the protocol or the connection; Node has destroyed the session.
  server.on('sessionError', (err) => log.debug({ err }, 'HTTP/2 session failed'));

  return {
    serve: (socket) => {
      // The server that accepted it keeps sockets half-open for HTTP/1.1. Here it would keep the
      // session of a client that has gone.
      socket.allowHalfOpen = false;
      server.emit('connection', socket);
    },
    close: () => {
      for (const session of sessions) goAway(session);
    },
  };
}

function trackStreams(
  session: ServerHttp2Session,
  inFlight: InFlight,
  slow: SlowReaders,
  limits: ServerLimits,
): void {
  let open = 0;
  let lastActive = performance.now();
  session.on('stream', (stream) => {
    open += 1;
    inFlight.begin();
    slow.add(stream);
    // An upload that goes on after its answer is nothing to wait for.
    let answered = false;
    const onAnswered = () => {
      if (!answered) inFlight.end();
      answered = true;
    };
    // Both come once; `once` would cost more, and this is every call.
    stream.on('finish', onAnswered);
    stream.on('close', () => {
      open -= 1;
      if (open === 0) lastActive = performance.now();
      slow.delete(stream);
      onAnswered();
    });
  });

  const greeting = setTimeout(() => session.destroy(), limits.headersTimeoutMs);
  session.once('remoteSettings', () => clearTimeout(greeting));
  session.once('close', () => clearTimeout(greeting));

  session.on('ping', () => {
    lastActive = performance.now();
  });
  // A timer of our own: that of the session starts anew at every frame, several times in each call.
  let idle: NodeJS.Timeout;
  const look = () => {
    // A quiet stream, as a watch is, is no idleness.
    const leftMs = open > 0 ? idleMs : lastActive + idleMs - performance.now();
    // Says goodbye, but does not wait for the client's, which may never come.
    if (leftMs <= 0) session.destroy();
    else idle = setTimeout(look, leftMs);
  };
  const idleMs = limits.sessionIdleTimeoutMs;
  look();
  session.once('close', () => clearTimeout(idle));
}

/**
 * The graceful shutdown of RFC 9113 section 6.8: announce it, give streams that are already on
 * their way one round trip to arrive, then refuse new ones. The session ends with its last stream.
 */
function goAway(session: ServerHttp2Session): void {
  if (session.closed || session.destroyed) return;
  const close = () => {
    clearTimeout(timer);
    if (!session.closed && !session.destroyed) session.close();
  };
  const timer = setTimeout(close, GOAWAY_PING_MS);
  session.once('close', () => clearTimeout(timer));
  session.goaway(constants.NGHTTP2_NO_ERROR, HIGHEST_STREAM_ID);
  if (!session.ping(close)) close();
}

/**
 * Whether the headers take too much. Node enforces maxHeaderListSize only once the client has acknowledged
 * it. Counted as the protocol does: 32 more for each field (RFC 9113 section 6.5.2).
 */
function isOverHeaderLimit(
  stream: ServerHttp2Stream,
  rawHeaders: readonly string[],
  { maxHeaderBytes }: ServerLimits,
): boolean {
  if (stream.session?.pendingSettingsAck !== true) return false;
  return rawHeaders.reduce((sum, part) => sum + part.length + 16, 0) > maxHeaderBytes;
}

/** Ends a request that is still being uploaded when its answer has been sent. */
function endUpload(request: Http2ServerRequest, timeoutMs: number): void {
  const { stream } = request;
  if (request.complete) return;
  discardUpload(request);
  // The client may stop now, but need not be broken off: some take the reset for the answer.
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), timeoutMs);
  stream.once('close', () => clearTimeout(timer));
}
