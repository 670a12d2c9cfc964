import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import {
  create,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { grpcFrame } from '../../../bench/support/grpc-caller.ts';
import { ErrorInfoSchema, RetryInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../../../gen/google/rpc/status_pb.ts';

/** What a call came to. */
export interface Outcome {
  /** Of gRPC; 0 is OK. */
  readonly code: number;
  /** The reason of the ErrorInfo; of what did not come from the service: `TRANSPORT`, `CLIENT_DEADLINE`. */
  readonly reason: string;
  readonly retryInfo: boolean;
  readonly ms: number;
  /** What the answer said of the index, in milliseconds. */
  readonly ageMs: number | undefined;
  /** The message; empty unless OK. */
  readonly body: Buffer;
}

export const OK = 0;
export const DEADLINE_EXCEEDED = 4;
export const NOT_FOUND = 5;
export const RESOURCE_EXHAUSTED = 8;
export const UNAVAILABLE = 14;

export const pathOf = (method: DescMethod): string => `/${method.parent.typeName}/${method.name}`;

/** The bytes of a request. */
export function encoded<M extends DescMethod>(
  method: M,
  request: MessageInitShape<M['input']>,
): Buffer {
  return grpcFrame(toBinary(method.input, create(method.input, request)));
}

/** gRPC over node's http2, on some connections in turn. One that has broken is opened anew. */
export class GrpcCalls {
  readonly #address: string;
  readonly #sessions: (ClientHttp2Session | undefined)[];
  #turn = 0;

  constructor(address: string, connections = 1) {
    this.#address = address;
    this.#sessions = Array.from({ length: connections }, () => undefined);
  }

  /** Makes one call. Never rejects. The deadline holds on both sides. */
  unary<M extends DescMethod>(
    method: M,
    request: MessageInitShape<M['input']>,
    timeoutMs: number,
  ): Promise<Outcome> {
    return this.send(pathOf(method), encoded(method, request), timeoutMs);
  }

  /** As {@link unary}, with the frame of the request as it goes out. */
  send(path: string, frame: Buffer, timeoutMs: number): Promise<Outcome> {
    const began = performance.now();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    let stream: ClientHttp2Stream;
    try {
      stream = this.#session().request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-timeout': `${timeoutMs}m`,
      });
    } catch {
      return Promise.resolve(failed('TRANSPORT', UNAVAILABLE, 0));
    }
    const chunks: Buffer[] = [];
    let headers: Record<string, unknown> = {};
    const note = (more: Record<string, unknown>) => {
      headers = { ...headers, ...more };
    };
    const timer = setTimeout(() => {
      resolve(failed('CLIENT_DEADLINE', DEADLINE_EXCEEDED, performance.now() - began));
      stream.close(8);
    }, timeoutMs + GRACE_MS);
    stream
      .on('response', note)
      .on('trailers', note)
      .on('error', () => {});
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('close', () => {
      clearTimeout(timer);
      resolve(outcome(headers, chunks, performance.now() - began));
    });
    stream.end(frame);
    return promise;
  }

  /** Opens a stream of answers. The caller closes it. */
  stream<M extends DescMethod>(
    method: M,
    request: MessageInitShape<M['input']>,
  ): ClientHttp2Stream {
    const stream = this.#session().request({
      ':method': 'POST',
      ':path': pathOf(method),
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => {});
    stream.end(encoded(method, request));
    return stream;
  }

  /** Ends all connections at once, with whatever is under way on them. */
  close(): void {
    for (const session of this.#sessions) session?.destroy();
  }

  #session(): ClientHttp2Session {
    const at = this.#turn++ % this.#sessions.length;
    const open = this.#sessions[at];
    if (open !== undefined && !open.closed && !open.destroyed) return open;
    const session = connect(`http://${this.#address}`, {
      settings: { initialWindowSize: 1024 * 1024 },
    });
    session.on('error', () => {});
    session.setMaxListeners(0);
    this.#sessions[at] = session;
    return session;
  }
}

/** How much longer than its deadline a call is waited for, in milliseconds: the service is to say so itself. */
const GRACE_MS = 1_000;

function failed(reason: string, code: number, ms: number): Outcome {
  return { code, reason, retryInfo: false, ms, ageMs: undefined, body: Buffer.alloc(0) };
}

function outcome(headers: Record<string, unknown>, chunks: Buffer[], ms: number): Outcome {
  const status = headers['grpc-status'];
  if (status === undefined) return failed('TRANSPORT', UNAVAILABLE, ms);
  const code = Number(status);
  const age = headers['catalogd-index-age-ms'];
  const ageMs = age === undefined ? undefined : Number(age);
  const body = code === OK ? Buffer.concat(chunks).subarray(5) : Buffer.alloc(0);
  return { code, ...detailsOf(headers['grpc-status-details-bin']), ms, ageMs, body };
}

function detailsOf(encodedStatus: unknown): { reason: string; retryInfo: boolean } {
  if (typeof encodedStatus !== 'string') return { reason: '', retryInfo: false };
  const { details } = fromBinary(StatusSchema, Buffer.from(encodedStatus, 'base64'));
  const info = details.find(({ typeUrl }) => typeUrl.endsWith(`/${ErrorInfoSchema.typeName}`));
  return {
    reason: info === undefined ? '' : fromBinary(ErrorInfoSchema, info.value).reason,
    retryInfo: details.some(({ typeUrl }) => typeUrl.endsWith(`/${RetryInfoSchema.typeName}`)),
  };
}
