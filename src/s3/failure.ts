/** How one request to S3 failed. */
export interface S3Failure {
  /** The HTTP status; `undefined` where no answer came. */
  readonly status: number | undefined;
  /** S3's error code, for example `NoSuchKey`, or the name of a local error. */
  readonly code: string;
  /**
   * How far the request came: not out of this process; not onto a connection; or perhaps to the
   * server. Only the last leaves anything open.
   */
  readonly stage: 'local' | 'connecting' | 'sent';
  /** For the log. */
  readonly text: string;
}

/** Errors of making a connection: of a request that fails with one, nothing has left. */
const NOT_CONNECTED = new Set(
  'ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH'.split(' '),
);

/** The system calls by which a connection is made. */
const CONNECTING = new Set(['connect', 'getaddrinfo']);

/** How the SDK's HTTP handler words that no connection came about; it gives no code. */
const NO_CONNECTION = 'did not establish a connection';

/** Longer texts of servers are cut. */
const MAX_TEXT = 300;

/**
 * Describes what the SDK threw.
 *
 * @param handed whether the request had been handed to the HTTP handler: before that stand loading
 *   credentials, finding the region and signing.
 */
export function describeFailure(thrown: unknown, handed: boolean): S3Failure {
  const error = thrown as Partial<SdkError>;
  const status = error.$metadata?.httpStatusCode;
  const message = String(error.message ?? thrown);
  const code = String(error.name === 'Error' ? (error.code ?? 'Error') : (error.name ?? 'Error'));
  const requestId = error.$metadata?.requestId;
  const text = [
    status === undefined ? [] : [`HTTP ${status}`],
    [`${code}: ${message.slice(0, MAX_TEXT)}`],
    requestId === undefined ? [] : [`(request ${requestId})`],
  ].flat();
  return {
    status,
    code,
    stage: stageOf(error, message, handed),
    text: text.join(' '),
  };
}

interface SdkError {
  name: string;
  message: string;
  code: string;
  syscall: string;
  errors: unknown[];
  $metadata: { httpStatusCode?: number; requestId?: string };
}

function stageOf(error: Partial<SdkError>, message: string, handed: boolean): S3Failure['stage'] {
  if (!handed) return 'local';
  const answered = error.$metadata?.httpStatusCode !== undefined;
  return !answered && connectionFailed(error, message) ? 'connecting' : 'sent';
}

function connectionFailed(error: Partial<SdkError>, message: string): boolean {
  // Several addresses were tried, and each failed (RFC 8305).
  if (Array.isArray(error.errors) && error.errors.length > 0) {
    return error.errors.every((each) => connectionFailed(each as Partial<SdkError>, ''));
  }
  // A read or write that fails with EHOSTUNREACH does so on a connection that was made.
  if (error.syscall !== undefined) return CONNECTING.has(error.syscall);
  return NOT_CONNECTED.has(error.code ?? '') || message.includes(NO_CONNECTION);
}

/** Whether the same read may succeed if it is sent again. */
export function isPassing({ status, stage }: S3Failure): boolean {
  if (status === undefined) return stage !== 'local';
  return status < 300 || status === 408 || status === 429 || (status >= 500 && status !== 501);
}
