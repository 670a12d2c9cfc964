import { CatalogClientError } from './errors.ts';

/** How often, and how quickly, a call is repeated. */
export interface RetryPolicy {
  /** How many times a call is made at most, the first included; 1 to 100. */
  readonly maxAttempts: number;
  /** The longest wait before the second attempt, in ms; doubles with each one after. 1 to 60,000. */
  readonly baseDelayMs: number;
  /** The longest wait that this doubling reaches, in ms. `baseDelayMs` to 600,000. */
  readonly maxDelayMs: number;
}

/** Waits of up to 0.2, 0.4, 0.8 and 1.6 s: 1.5 s in the mean. */
export const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 5, baseDelayMs: 200, maxDelayMs: 5_000 };

/** What the repetitions have from outside. */
export interface RetryRuntime {
  /** A clock that never goes back, in milliseconds since some moment. */
  monotonic(): number;
  /** A random number in [0, 1). */
  random(): number;
  /** Resolves after `ms` milliseconds, or as soon as the signal has fired. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

/** A call which may take several attempts. */
export interface Call {
  /** How long all of it may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Ends a wait between two attempts, besides: fires when the client is closed. */
  readonly closing?: AbortSignal;
  /** The request id which every attempt bears; undefined for a read. */
  readonly requestId: string | undefined;
}

/** Refusals of the service that say: nothing has happened, try again. */
const TRY_AGAIN: ReadonlySet<string> = new Set(['CONTENDED', 'TOO_BUSY', 'OUTCOME_UNKNOWN']);

/** Codes by which grpc-js reports a stream that was cut, besides UNAVAILABLE. */
export const CUT: ReadonlySet<string> = new Set(['CANCELLED', 'INTERNAL']);

/**
 * Refusals that also settle what became of an earlier attempt: the service looks for its request id
 * before it makes these checks, so an attempt which landed would have been answered from the record.
 */
const SETTLES: ReadonlySet<string> = new Set([
  'ETAG_MISMATCH',
  'FINGERPRINT_CONFLICT',
  'MANIFEST_EXISTS',
  'MANIFEST_NOT_FOUND',
  'NOT_DELETED',
  'OBJECT_NOT_FOUND',
  'REQUEST_ID_REUSED',
  'SCHEMA_INCOMPATIBLE',
]);

/**
 * Makes the attempts of a call, one after the other, until one succeeds or another would not help.
 *
 * A call is repeated when it failed as UNAVAILABLE, whether by the service or by the connection; as
 * CONTENDED or TOO_BUSY, after which nothing has happened; a write as OUTCOME_UNKNOWN, under the same
 * request id; and a read also when its stream was cut. Anything else is an answer, a stale etag and a
 * conflict above all. The wait is random between 0 and a bound that doubles (full jitter), on top of
 * what the service asked for in RetryInfo. A wait that would outlast the call's time is not begun.
 *
 * @param attempt makes one attempt, within the milliseconds that the function tells are left.
 * @throws {CatalogClientError} the last attempt's. Where an earlier one ended as OUTCOME_UNKNOWN and
 *   the last did not settle that, the outcome of the call is unknown, and so it is called.
 */
export async function withRetries<T>(
  attempt: (timeLeftMs: () => number) => Promise<T>,
  call: Call,
  policy: RetryPolicy,
  runtime: RetryRuntime,
): Promise<T> {
  const end = runtime.monotonic() + call.timeoutMs;
  const timeLeftMs = () => end - runtime.monotonic();
  let undecided = false;
  for (let made = 1; ; made += 1) {
    try {
      return await attempt(timeLeftMs);
    } catch (error) {
      if (!(error instanceof CatalogClientError)) throw error;
      const failure: CatalogClientError =
        undecided && !settles(error) ? stillUnknown(error, call) : error;
      undecided = failure.reason === 'OUTCOME_UNKNOWN';
      const waitMs = delayMs(made, error.retryAfterMs, policy, runtime);
      if (made >= policy.maxAttempts || !mayRepeat(error, call) || waitMs >= timeLeftMs()) {
        throw failure;
      }
      await runtime.sleep(waitMs, endOf(call));
      if (timeLeftMs() <= 0) throw failure;
    }
  }
}

/** Fires when a call is to wait no more: it is cancelled, or its client is closed. */
export function endOf({
  signal,
  closing,
}: Pick<Call, 'signal' | 'closing'>): AbortSignal | undefined {
  return signal && closing ? AbortSignal.any([signal, closing]) : (signal ?? closing);
}

function mayRepeat(error: CatalogClientError, { signal, requestId }: Call): boolean {
  if (signal?.aborted) return false;
  if (error.code === 'UNAVAILABLE' || TRY_AGAIN.has(error.reason)) return true;
  return requestId === undefined && error.reason === '' && CUT.has(error.code);
}

function settles(error: CatalogClientError): boolean {
  return SETTLES.has(error.reason) || (error.code === 'INVALID_ARGUMENT' && error.reason !== '');
}

function stillUnknown(error: CatalogClientError, { requestId }: Call): CatalogClientError {
  if (error.reason === 'OUTCOME_UNKNOWN') return error;
  return new CatalogClientError({
    code: error.code,
    message: `an earlier attempt may have happened or may happen yet; the last one: ${error.message}`,
    reason: 'OUTCOME_UNKNOWN',
    metadata: { ...error.metadata, ...(requestId !== undefined && { request_id: requestId }) },
    retryAfterMs: error.retryAfterMs,
    cause: error,
  });
}

/** How long to wait after that many failed attempts in a row, in milliseconds. */
export function delayMs(
  made: number,
  retryAfterMs = 0,
  { baseDelayMs, maxDelayMs }: RetryPolicy,
  { random }: Pick<RetryRuntime, 'random'>,
): number {
  const bound = Math.min(maxDelayMs, baseDelayMs * 2 ** (made - 1));
  return Math.max(0, retryAfterMs) + random() * bound;
}

/** @throws {RangeError} naming the setting that is out of its bounds. */
export function checkRetry(policy: RetryPolicy): RetryPolicy {
  const { maxAttempts, baseDelayMs, maxDelayMs } = policy;
  within('retry.maxAttempts', maxAttempts, 1, 100);
  within('retry.baseDelayMs', baseDelayMs, 1, 60_000);
  within('retry.maxDelayMs', maxDelayMs, baseDelayMs, 600_000);
  return policy;
}

function within(setting: string, value: number, lowest: number, highest: number): void {
  if (!Number.isInteger(value) || value < lowest || value > highest) {
    throw new RangeError(
      `${setting} must be a whole number of ${lowest} to ${highest}, not ${value}`,
    );
  }
}
