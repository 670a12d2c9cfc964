import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { TlsOptions } from './channel.ts';
import type { RetryPolicy, RetryRuntime } from './retry.ts';

/** Applies to one call; for an iteration, to each of its pages. */
export interface CallOptions {
  /**
   * How long the call may take, its repetitions included; 1 to 86,400,000 ms. Default: that of the
   * client.
   */
  readonly timeoutMs?: number;
  /** Cancels the call. A write that was sent may happen all the same. */
  readonly signal?: AbortSignal;
}

/** Settings of a client of the catalog. */
export interface CatalogClientOptions {
  /** `HOST:PORT` of the service. Default: `127.0.0.1:7070`. */
  readonly address?: string;
  /** How long a call may take unless it says otherwise; 1 to 86,400,000 ms. Default: 30,000. */
  readonly timeoutMs?: number;
  /** How calls are repeated; what is left out is as in DEFAULT_RETRY. `{ maxAttempts: 1 }`: never. */
  readonly retry?: Partial<RetryPolicy>;
  /** TLS, with what Node trusts (`true`) or as described. Default: plaintext. */
  readonly tls?: boolean | TlsOptions;
  /**
   * Gives the bearer token (RFC 6750) of the next attempt, without `Bearer`. Asked before each
   * attempt, so a token that expires can be renewed behind it. Only with TLS, or to this machine
   * itself.
   */
  readonly token?: () => string | Promise<string>;
  /** Makes the `request_id` of a write that has none. Default: a random UUID. */
  readonly newRequestId?: () => string;
  /** The clock, the randomness and the sleep of the repetitions. Default: those of the system. */
  readonly runtime?: RetryRuntime;
}

const MAX_TIMEOUT_MS = 86_400_000;

/** @throws {RangeError} if it is not within its bounds. */
export function checkTimeout(timeoutMs: number): number {
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS) {
    throw new RangeError(
      `timeoutMs must be a whole number of 1 to ${MAX_TIMEOUT_MS}, not ${timeoutMs}`,
    );
  }
  return timeoutMs;
}

/** What the system offers. */
export const systemRuntime: RetryRuntime = {
  monotonic: () => performance.now(),
  random: () => Math.random(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal && { signal });
    } catch {
      // Only the signal makes it fail, and waking early is what the caller asked for.
    }
  },
};
