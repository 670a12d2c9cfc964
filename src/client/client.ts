import { randomUUID } from 'node:crypto';
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import type { ServiceError } from '@grpc/grpc-js';
import type { DataObject, Manifest } from '../../gen/catalogd/v1/catalog_pb.ts';
import {
  type BatchGetManifestsRequestSchema,
  type BatchGetManifestsResponse,
  CatalogService,
  type GetManifestRequestSchema,
  type GetManifestResponse,
  type ListManifestsRequestSchema,
  type ListManifestsResponse,
  type ListObjectsRequestSchema,
  type ListObjectsResponse,
  type RegisterManifestRequestSchema,
  type RegisterManifestResponse,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { formatHostPort, isLoopback, parseHostPort } from './address.ts';
import { makeAttempt } from './attempt.ts';
import { openChannel } from './channel.ts';
import { decodeError } from './decode-error.ts';
import { CatalogClientError } from './errors.ts';
import type { WatchEvent } from './follower.ts';
import {
  type CallOptions,
  type CatalogClientOptions,
  checkTimeout,
  systemRuntime,
} from './options.ts';
import { pages } from './pages.ts';
import { checkRetry, DEFAULT_RETRY, withRetries } from './retry.ts';
import { authorization } from './token.ts';
import { type WatchOptions, watch } from './watch.ts';

export type { TlsOptions } from './channel.ts';
export { CatalogClientError, type CodeName, type Violation } from './errors.ts';
export type { WatchEvent } from './follower.ts';
export type { CallOptions, CatalogClientOptions } from './options.ts';
export { DEFAULT_RETRY, type RetryPolicy, type RetryRuntime } from './retry.ts';
export { formatTimestamp, microsToTimestamp, timestampToMicros } from './times.ts';
export type { WatchOptions, WatchState } from './watch.ts';

/**
 * The catalog's RPCs over gRPC, as catalog_service.proto documents them. Every call has a deadline,
 * is repeated within it where that is safe, and fails with CatalogClientError. One client holds one
 * connection, shared by all of its calls.
 */
export interface CatalogClient {
  /**
   * Registers a dataset. A write that was given no `requestId` gets a new one, which all of its
   * attempts bear. `replayed` in the answer says that an earlier attempt, or an earlier call with
   * this `requestId`, made the write; `existing` and `version` are those of that write.
   */
  registerManifest(
    request: MessageInitShape<typeof RegisterManifestRequestSchema>,
    options?: CallOptions,
  ): Promise<RegisterManifestResponse>;
  getManifest(
    request: MessageInitShape<typeof GetManifestRequestSchema>,
    options?: CallOptions,
  ): Promise<GetManifestResponse>;
  batchGetManifests(
    request: MessageInitShape<typeof BatchGetManifestsRequestSchema>,
    options?: CallOptions,
  ): Promise<BatchGetManifestsResponse>;
  listManifests(
    request: MessageInitShape<typeof ListManifestsRequestSchema>,
    options?: CallOptions,
  ): Promise<ListManifestsResponse>;
  listObjects(
    request: MessageInitShape<typeof ListObjectsRequestSchema>,
    options?: CallOptions,
  ): Promise<ListObjectsResponse>;

  /** All pages of ListManifests, from `pageToken` on, each fetched when it is asked for. */
  manifestPages(
    request?: MessageInitShape<typeof ListManifestsRequestSchema>,
    options?: CallOptions,
  ): AsyncGenerator<ListManifestsResponse, void, undefined>;
  /** All manifests, in the byte order of their names, page by page beneath. */
  manifests(
    request?: MessageInitShape<typeof ListManifestsRequestSchema>,
    options?: CallOptions,
  ): AsyncGenerator<Manifest, void, undefined>;
  /** All pages of ListObjects, from `pageToken` on, each fetched when it is asked for. */
  objectPages(
    request: MessageInitShape<typeof ListObjectsRequestSchema>,
    options?: CallOptions,
  ): AsyncGenerator<ListObjectsResponse, void, undefined>;
  /** All objects of one version of a manifest, page by page beneath. */
  objects(
    request: MessageInitShape<typeof ListObjectsRequestSchema>,
    options?: CallOptions,
  ): AsyncGenerator<DataObject, void, undefined>;

  /**
   * The datasets whose names begin with `prefix`, then `synced`, and then each change of one, as long
   * as it is iterated. Streams that break are begun again, and only what is new is yielded. The
   * versions of a name never go back, except where another replica takes over that does not know the
   * latest one yet; it will. Memory: a name and an etag for each dataset.
   */
  watchManifests(
    request?: { readonly prefix?: string },
    options?: WatchOptions,
  ): AsyncGenerator<WatchEvent, never, undefined>;

  /**
   * Closes the connection. Attempts in flight may finish; calls, repetitions and watches fail with the
   * reason `CLIENT_CLOSED`.
   */
  close(): void;
}

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
    const message = create(method.input, request);
    async function attempt(timeLeftMs: () => number): Promise<MessageShape<O>> {
      throwIfOver(signal, closed);
      const metadata = await authorization(token, timeLeftMs(), signal);
      throwIfOver(signal, closed);
      try {
        const rest = { metadata, timeLeftMs: timeLeftMs(), signal };
        return await makeAttempt(channel, { method, request: message, ...rest });
      } catch (error) {
        throw decodeError(error as ServiceError, target, write);
      }
    }
    return withRetries(
      attempt,
      { timeoutMs, signal, requestId: write?.requestId },
      policy,
      runtime,
    );
  }

  const methods = CatalogService.method;
  const self: CatalogClient = {
    registerManifest(request, callOptions) {
      if (request.validateOnly === true) {
        return call(methods.registerManifest, request, callOptions);
      }
      const requestId = request.requestId || newRequestId();
      return call(methods.registerManifest, { ...request, requestId }, callOptions, { requestId });
    },
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
