import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { DescMessage } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import type { Answer } from '../../rpc/answer.ts';
import { StatusError } from '../../rpc/chain.ts';
import type { UnaryRoute } from '../../rpc/unary-routes.ts';
import { escapeMessage } from '../grpc-message.ts';
import type { ServerLimits } from '../limits.ts';
import type { Log } from '../log.ts';
import { createUploadWatch } from '../upload.ts';
import { LaneCall } from './call.ts';
import { FramePool } from './frame-pool.ts';
import { MessageReader, type Problem } from './message-reader.ts';
import { plainUnary } from './plain-unary.ts';

/** How the lane serves. */
export interface LaneOptions {
  readonly routes: readonly UnaryRoute[];
  readonly limits: ServerLimits;
  readonly log: Log;
  /** Aborted when all calls are to end. */
  readonly endAll: AbortSignal;
}

/** Takes a stream if it is a call for the lane, and tells whether it has. */
export type Lane = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean;

/**
 * The fast lane: plain unary gRPC calls, read and answered on their HTTP/2 streams themselves. What a
 * client sees is what it sees of connect-node; docs/adr/0007-fast-lane.md has what it saves.
 */
export function createLane({ routes, limits, log, endAll }: LaneOptions): Lane {
  const byPath = new Map(routes.map((route) => [route.path, route]));
  const options = { limits, log, frames: new FramePool() };
  const watchUpload = createUploadWatch(limits.requestTimeoutMs);
  return (stream, headers) => {
    const plain = plainUnary(headers, byPath, limits.maxTimeoutMs);
    if (plain === undefined) return false;
    const { route, timeoutMs } = plain;
    const call = new LaneCall(stream, headers, timeoutMs, endAll);
    const message = new MessageReader(limits.readMaxBytes);
    let isRefused = false;
    const refuse = (problem: Problem) => {
      if (!isRefused) sendError(stream, call, refusalOf(problem, limits));
      isRefused = true;
    };
    // A client that goes in the middle; what was to be sent is of no use to anyone.
    stream.on('error', (err) => log.debug({ err, rpc: route.path }, 'a stream failed'));
    stream.on('data', (chunk: Buffer) => {
      const problem = message.push(chunk);
      // What still comes is read and dropped, or a client that first sends all of it would be stuck.
      if (problem !== undefined) refuse(problem);
    });
    stream.on('end', () => {
      const request = message.end();
      if ('kind' in request) refuse(request);
      else void serve(stream, call, route, request, options);
    });
    watchUpload(stream);
    return true;
  };
}

/** Never rejects. */
async function serve(
  stream: ServerHttp2Stream,
  call: LaneCall,
  route: UnaryRoute,
  request: Uint8Array,
  { limits, log, frames }: Pick<LaneOptions, 'limits' | 'log'> & { readonly frames: FramePool },
): Promise<void> {
  try {
    const answer = await route.answer(request, call);
    if (answer.byteLength <= limits.writeMaxBytes) sendAnswer(stream, call, answer, frames);
    else sendError(stream, call, tooLargeAnswer(answer.byteLength, limits.writeMaxBytes));
  } catch (err) {
    if (!(err instanceof StatusError)) log.error({ err, rpc: route.path }, 'the fast lane failed');
    sendError(stream, call, connectError(err));
  } finally {
    call.end();
  }
}

const PREFIX_BYTES = 5;
const WITH_TRAILERS = { waitForTrailers: true };

function sendAnswer(
  stream: ServerHttp2Stream,
  call: LaneCall,
  answer: Answer<DescMessage>,
  frames: FramePool,
): void {
  if (stream.destroyed || stream.closed) return;
  const length = answer.byteLength;
  const frame = frames.take(PREFIX_BYTES + length);
  frame[0] = 0;
  frame.writeUInt32BE(length, 1);
  answer.encodeInto(frame, PREFIX_BYTES);
  stream.on('wantTrailers', () => stream.sendTrailers(call.trailers));
  stream.respond(call.responseHeaders, WITH_TRAILERS);
  if (!frames.owns(frame)) stream.end(frame);
  else {
    // Of a stream that was cut, the socket may still have a part of it.
    stream.end(frame, (error?: Error | null) => {
      if (error == null) frames.give(frame);
    });
  }
}

/** An answer of headers alone ("Trailers-Only" in PROTOCOL-HTTP2.md). */
function sendError(stream: ServerHttp2Stream, call: LaneCall, error: ConnectError): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  const status: OutgoingHttpHeaders = { ...call.trailers };
  for (const [name, value] of setTrailerStatus(new Headers(), error)) status[name] = value;
  status['grpc-message'] = escapeMessage(error.rawMessage);
  stream.respond({ ...call.responseHeaders, ...status }, { endStream: true });
}

function connectError(error: unknown): ConnectError {
  if (!(error instanceof StatusError)) {
    return new ConnectError('internal error; it has been logged', Code.Internal);
  }
  const { code, message, details } = error.status;
  return new ConnectError(message, code, undefined, [...details]);
}

/** In connect's words, so that nobody can tell the lane by its errors. */
function refusalOf(problem: Problem, { readMaxBytes }: ServerLimits): ConnectError {
  switch (problem.kind) {
    case 'too large':
      return new ConnectError(
        `message size ${problem.bytes} is larger than configured readMaxBytes ${readMaxBytes}`,
        Code.ResourceExhausted,
      );
    case 'compressed':
      return new ConnectError(
        'received compressed envelope, but do not know how to decompress',
        Code.Internal,
      );
    case 'cut':
      return new ConnectError('protocol error: incomplete envelope', Code.InvalidArgument);
    case 'missing':
      return new ConnectError(
        'protocol error: missing input message for unary method',
        Code.Unimplemented,
      );
    case 'extra':
      return new ConnectError(
        'protocol error: received extra input message for unary method',
        Code.Unimplemented,
      );
  }
}

function tooLargeAnswer(bytes: number, maxBytes: number): ConnectError {
  const message = `message size ${bytes} is larger than configured writeMaxBytes ${maxBytes}`;
  return new ConnectError(message, Code.ResourceExhausted);
}
