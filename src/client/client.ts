import { randomUUID } from 'node:crypto';
import type {
  DescMessage,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import type { ServiceError } from '@grpc/grpc-js';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { formatHostPort, isLoopback, parseHostPort } from './address.ts';
import { makeAttempt } from './attempt.ts';
import type { CatalogClient } from './catalog-client.ts';
import { openChannel } from './channel.ts';
import { decodeError } from './decode-error.ts';
import { encodeRequest } from './encode-request.ts';
import { CatalogClientError } from './errors.ts';
import {
  type CallOptions,
  type CatalogClientOptions,
  checkTimeout,
  systemRuntime,
} from './options.ts';
import { pages } from './pages.ts';
import { checkRetry, DEFAULT_RETRY, endOf, withRetries } from './retry.ts';
import { authorization } from './token.ts';
import { watch } from './watch.ts';

export type { CatalogClient } from './catalog-client.ts';
export type { TlsOptions } from './channel.ts';
export { CatalogClientError, type CodeName, type Violation } from './errors.ts';
export type { WatchEvent } from './follower.ts';
export type { CallOptions, CatalogClientOptions } from './options.ts';
export { DEFAULT_RETRY, type RetryPolicy, type RetryRuntime } from './retry.ts';
export { formatTimestamp, microsToTimestamp, timestampToMicros } from './times.ts';
export type { WatchOptions, WatchState } from './watch.ts';

/**
 * Makes a client. It connects when the first call needs it.
 *
 * @throws {RangeError} if a setting is out of its bounds, or a token would go out in the clear.
 */
export function createCatalogClient(options: CatalogClientOptions = {}): CatalogClient {
  const address = parseHostPort(options.address ?? '127.0.0.1:7070', 1);
  const defaultTimeoutMs = checkTimeout(options.timeoutMs ?? 30_000);
  const policy = checkRetry({ ...DEFAULT_RETRY, ...options.retry });
  const { newRequestId = randomUUID, runtime = systemRuntime, tls = false, token } = options;
  const target = formatHostPort(address);
  if (token !== undefined && tls === false && !isLoopback(address.host)) {
    throw new RangeError(`a token is not sent to ${target} in the clear: set tls`);
  }
  const channel = openChannel(address, tls);
  let closed = false;
  const closing = new AbortController();

  async function call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    { timeoutMs = defaultTimeoutMs, signal }: CallOptions = {},
    write?: { requestId: string },
  ): Promise<MessageShape<O>> {
    checkTimeout(timeoutMs);
    const bytes = encodeRequest(method, request);
    const ending = token && endOf({ signal, closing: closing.signal });
    async function attempt(timeLeftMs: () => number): Promise<MessageShape<O>> {
      throwIfOver(signal, closed);
      const metadata = await authorization(token, timeLeftMs(), ending).finally(() =>
        throwIfOver(signal, closed),
      );
      try {
        const rest = { metadata, timeLeftMs: timeLeftMs(), signal };
        return await makeAttempt(channel, { method, request: bytes, ...rest });
      } catch (error) {
        throw decodeError(error as ServiceError, target, write);
      }
    }
    return withRetries(
      attempt,
      { timeoutMs, signal, closing: closing.signal, requestId: write?.requestId },
      policy,
      runtime,
    );
  }

  /** A call that writes: all of its attempts bear one request id. A dry run is none. */
  function write<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I> & { requestId?: string; validateOnly?: boolean },
    callOptions?: CallOptions,
  ): Promise<MessageShape<O>> {
    if (request.validateOnly === true) return call(method, request, callOptions);
    const requestId = request.requestId || newRequestId();
    return call(method, { ...request, requestId }, callOptions, { requestId });
  }

  const methods = CatalogService.method;
  const self: CatalogClient = {
    registerManifest: (request, callOptions) =>
      write(methods.registerManifest, request, callOptions),
    evolveSchema: (request, callOptions) => write(methods.evolveSchema, request, callOptions),
    updateObjects: (request, callOptions) => write(methods.updateObjects, request, callOptions),
    deleteManifest: (request, callOptions) => write(methods.deleteManifest, request, callOptions),
    undeleteManifest: (request, callOptions) =>
      write(methods.undeleteManifest, request, callOptions),
    purgeManifest: (request, callOptions) => write(methods.purgeManifest, request, callOptions),
    getManifest: (request, callOptions) => call(methods.getManifest, request, callOptions),
    batchGetManifests: (request, callOptions) =>
      call(methods.batchGetManifests, request, callOptions),
    listManifests: (request, callOptions) => call(methods.listManifests, request, callOptions),
    listObjects: (request, callOptions) => call(methods.listObjects, request, callOptions),

    manifestPages: (request = {}, callOptions) =>
      pages(request.pageToken, (pageToken) =>
        self.listManifests({ ...request, pageToken }, callOptions),
      ),
    async *manifests(request, callOptions) {
      for await (const page of self.manifestPages(request, callOptions)) {
        yield* page.manifests;
      }
    },
    objectPages: (request, callOptions) =>
      pages(request.pageToken, (pageToken) =>
        self.listObjects({ ...request, pageToken }, callOptions),
      ),
    async *objects(request, callOptions) {
      for await (const page of self.objectPages(request, callOptions)) {
        yield* page.objects;
      }
    },

    watchManifests: ({ prefix = '' } = {}, watchOptions = {}) =>
      watch(prefix, watchOptions, {
        channel,
        target,
        token,
        timeoutMs: defaultTimeoutMs,
        policy,
        runtime,
        closing: closing.signal,
      }),

    close() {
      closed = true;
      closing.abort(clientClosed());
      channel.close();
    },
  };
  return self;
}

/** Before anything was sent. */
function throwIfOver(signal: AbortSignal | undefined, closed: boolean): void {
  if (signal?.aborted) {
    throw new CatalogClientError({
      code: 'CANCELLED',
      message: 'cancelled before it was sent',
      cause: signal.reason,
    });
  }
  if (closed) throw clientClosed();
}

function clientClosed(): CatalogClientError {
  return new CatalogClientError({
    code: 'CANCELLED',
    reason: 'CLIENT_CLOSED',
    message: 'the client has been closed; make a new one',
  });
}
