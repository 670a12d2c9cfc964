import { create } from '@bufbuild/protobuf';
import type { Client, ServiceError } from '@grpc/grpc-js';
import {
  CatalogService,
  type WatchManifestsResponse,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { decodeError } from './decode-error.ts';
import { CatalogClientError } from './errors.ts';
import { Follower, type WatchEvent } from './follower.ts';
import { CUT, delayMs, type RetryPolicy, type RetryRuntime } from './retry.ts';
import { makeStreamAttempt } from './stream-attempt.ts';
import { authorization } from './token.ts';

/** What happens to the stream of a watch. */
export type WatchState =
  /** The service sends. */
  | { readonly state: 'connected' }
  /** It does not, for this reason; it will be called again after that many milliseconds. */
  | {
      readonly state: 'disconnected';
      readonly error: CatalogClientError;
      readonly retryInMs: number;
    };

/** How to watch. */
export interface WatchOptions {
  /** Ends the watch, which then fails as CANCELLED. */
  readonly signal?: AbortSignal;
  /** Told when the stream is lost, and when there is one again. Must not throw. */
  readonly onStateChange?: (state: WatchState) => void;
}

/** What a watch works with. */
export interface WatchParts {
  readonly channel: Client;
  /** Where the channel leads, for messages. */
  readonly target: string;
  readonly token: (() => string | Promise<string>) | undefined;
  /** How long the token may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly policy: RetryPolicy;
  readonly runtime: RetryRuntime;
  /** Fires when the client is closed, with the error to fail with as its reason. */
  readonly closing: AbortSignal;
}

/** Three times what the service lets pass between two messages. */
const SILENT_FOR_MS = 30_000;

/**
 * Refusals after which to begin again, besides UNAVAILABLE. TOO_BUSY: also where streams of the same
 * caller that broke are still counted.
 */
const BEGIN_AGAIN: ReadonlySet<string> = new Set([
  'TOO_BUSY',
  'TOO_MANY_WATCHERS',
  'WATCH_TOO_SLOW',
]);

/**
 * Follows the service over one stream after the other. It gives up after `policy.maxAttempts` as long
 * as it has never heard a thing, for then the address may be wrong; later it does not.
 *
 * @throws {CatalogClientError} if the service refuses for good, the caller cancels, or the client is
 *   closed.
 */
export async function* watch(
  prefix: string,
  { signal, onStateChange }: WatchOptions,
  parts: WatchParts,
): AsyncGenerator<WatchEvent, never, undefined> {
  const { policy, runtime, closing } = parts;
  const over = signal === undefined ? closing : AbortSignal.any([closing, signal]);
  const follower = new Follower();
  let [heard, failures] = [false, 0];
  for (;;) {
    throwIfOver(over);
    let lost: CatalogClientError;
    let connected = false;
    try {
      follower.begin();
      for await (const response of open(prefix, follower.resumeToken, over, parts)) {
        if (!connected) onStateChange?.({ state: 'connected' });
        [heard, connected, failures] = [true, true, 0];
        yield* follower.take(response);
      }
      lost = new CatalogClientError({
        code: 'UNAVAILABLE',
        message: 'the service ended the stream',
      });
    } catch (error) {
      throwIfOver(over);
      if (!(error instanceof CatalogClientError)) throw error;
      // A stream ends with its token. If there is no better one by now, the next is refused at once.
      const mayRenew = connected && parts.token !== undefined && error.code === 'UNAUTHENTICATED';
      if (!mayRenew && !mayBeginAgain(error)) throw error;
      lost = error;
    }
    failures += 1;
    if (!heard && failures >= policy.maxAttempts) throw lost;
    const retryInMs = delayMs(failures, lost.retryAfterMs, policy, runtime);
    onStateChange?.({ state: 'disconnected', error: lost, retryInMs });
    await runtime.sleep(retryInMs, over);
  }
}

async function* open(
  prefix: string,
  resumeToken: string,
  signal: AbortSignal,
  { channel, target, token, timeoutMs, runtime }: WatchParts,
): AsyncGenerator<WatchManifestsResponse, void, undefined> {
  const method = CatalogService.method.watchManifests;
  const request = create(method.input, { prefix, resumeToken });
  const metadata = await authorization(token, timeoutMs, signal);
  throwIfOver(signal);
  const attempt = { method, request, metadata, silentForMs: SILENT_FOR_MS, signal };
  try {
    yield* makeStreamAttempt(channel, attempt, runtime);
  } catch (error) {
    throw error instanceof CatalogClientError ? error : decodeError(error as ServiceError, target);
  }
}

function throwIfOver({ aborted, reason }: AbortSignal): void {
  if (!aborted) return;
  if (reason instanceof CatalogClientError) throw reason;
  const message = 'the watch was cancelled';
  throw new CatalogClientError({ code: 'CANCELLED', message, cause: reason });
}

function mayBeginAgain({ code, reason }: CatalogClientError): boolean {
  return code === 'UNAVAILABLE' || BEGIN_AGAIN.has(reason) || (reason === '' && CUT.has(code));
}
