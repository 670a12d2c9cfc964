import { Code } from '@connectrpc/connect';

/** HTTP statuses of the codes that have one each. */
const BY_CODE: Readonly<Record<Code, number>> = {
  [Code.InvalidArgument]: 400,
  [Code.OutOfRange]: 400,
  [Code.Unauthenticated]: 401,
  [Code.PermissionDenied]: 403,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.FailedPrecondition]: 409,
  [Code.Aborted]: 409,
  [Code.ResourceExhausted]: 429,
  // Not registered, but what proxies log where the caller has left.
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.Internal]: 500,
  [Code.DataLoss]: 500,
  [Code.Unimplemented]: 501,
  [Code.Unavailable]: 503,
  [Code.DeadlineExceeded]: 504,
};

/** HTTP statuses of reasons which HTTP tells apart and the codes do not. */
const BY_REASON: Readonly<Record<string, number>> = {
  // A precondition of the request (RFC 9110 section 13.1), not a conflict.
  ETAG_MISMATCH: 412,
  MANIFEST_TOO_LARGE: 413,
};

/** The HTTP status of an error. */
export function httpStatusOf(code: Code, reason: string): number {
  return BY_REASON[reason] ?? BY_CODE[code];
}
