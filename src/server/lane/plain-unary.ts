import type { IncomingHttpHeaders } from 'node:http2';
import type { UnaryRoute } from '../../rpc/unary-routes.ts';

/** A call that the lane takes. */
export interface PlainUnary {
  readonly route: UnaryRoute;
  /** Milliseconds until the caller's deadline; absent when it set none. */
  readonly timeoutMs: number | undefined;
}

const CONTENT_TYPES = new Set(['application/grpc', 'application/grpc+proto']);

/** Milliseconds in a unit of `grpc-timeout` (github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md, "Requests"). */
const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * The route of a call that is plain: unary gRPC of Protobuf without compression, with a deadline that
 * is allowed. Anything else, what is wrong in some way included, is for the base to answer.
 */
export function plainUnary(
  headers: IncomingHttpHeaders,
  routes: ReadonlyMap<string, UnaryRoute>,
  maxTimeoutMs: number,
): PlainUnary | undefined {
  if (headers[':method'] !== 'POST' || !CONTENT_TYPES.has(headers['content-type'] ?? '')) return;
  const route = routes.get(headers[':path'] ?? '');
  if (route === undefined) return;
  const encoding = headers['grpc-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return;
  const timeout = headers['grpc-timeout'];
  if (timeout === undefined) return { route, timeoutMs: undefined };
  const timeoutMs = typeof timeout === 'string' ? parseTimeout(timeout) : undefined;
  return timeoutMs === undefined || timeoutMs > maxTimeoutMs ? undefined : { route, timeoutMs };
}

function parseTimeout(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  return unitMs && Number(digits) * unitMs;
}
