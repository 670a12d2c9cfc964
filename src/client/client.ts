import { randomUUID } from 'node:crypto';
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import {
  type ChannelCredentials,
  Client,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
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
import { decodeError } from './decode-error.ts';
import { CatalogClientError } from './errors.ts';
import { grpcMethod } from './grpc-method.ts';
import { pages } from './pages.ts';

export { CatalogClientError, type CodeName, type Violation } from './errors.ts';
export { formatTimestamp, microsToTimestamp, timestampToMicros } from './times.ts';

/** Applies to one call; for an iteration, to each of its pages. */
export interface CallOptions {
  /** How long the call may take; 1 to 86,400,000 ms. Default: that of the client. */
  readonly timeoutMs?: number;
  /** Cancels the call. A write that was sent may happen all the same. */
  readonly signal?: AbortSignal;
}

/** Settings of {@link createCatalogClient}. */
export interface CatalogClientOptions {
  /** `HOST:PORT` of the service. Default: `127.0.0.1:7070`. */
  readonly address?: string;
  /** How long a call may take unless it says otherwise; 1 to 86,400,000 ms. Default: 30,000. */
  readonly timeoutMs?: number;
  /** Default: plaintext. */
  readonly credentials?: ChannelCredentials;
  /** Makes the `request_id` of a write that has none. Default: a random UUID. */
  readonly newRequestId?: () => string;
}

/**
 * The catalog's RPCs over gRPC, as catalog_service.proto documents them. Every call has a deadline and
 * fails with CatalogClientError; none is repeated. One client holds one connection, shared by all of
 * its calls.
 */
export interface CatalogClient {
  /** Registers a dataset. A write that was given no `requestId` gets a new one. */
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

  /** Closes the connection. Calls in flight may finish; calls after it fail. */
  close(): void;
}

const MAX_TIMEOUT_MS = 86_400_000;

/**
 * Makes a client. It connects when the first call needs it.
 *
 * @throws {RangeError} if the address or the timeout is not one.
 */
export function createCatalogClient(options: CatalogClientOptions = {}): CatalogClient {
  const address = parseHostPort(options.address ?? '127.0.0.1:7070', 1);
  const defaultTimeoutMs = checkTimeout(options.timeoutMs ?? 30_000);
  const newRequestId = options.newRequestId ?? randomUUID;
  const target = formatHostPort(address);
  const client = new Client(target, options.credentials ?? credentials.createInsecure(), {
    // A retry policy out of DNS would repeat writes behind our back.
    'grpc.service_config_disable_resolution': 1,
    // A proxy cannot reach the loopback of this machine.
    'grpc.enable_http_proxy': isLoopback(address.host) ? 0 : 1,
  });

  async function call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    { timeoutMs, signal }: CallOptions = {},
    write?: { requestId: string },
  ): Promise<MessageShape<O>> {
    if (signal?.aborted) {
      throw new CatalogClientError({ code: 'CANCELLED', message: 'cancelled before it was sent' });
    }
    const deadline = Date.now() + checkTimeout(timeoutMs ?? defaultTimeoutMs);
    const { path, requestSerialize, responseDeserialize } = grpcMethod(method);
    const { promise, resolve, reject } = Promise.withResolvers<MessageShape<O>>();
    const running = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      create(method.input, request),
      new Metadata(),
      { deadline },
      (error, response) => {
        if (error !== null) {
          reject(error);
        } else {
          // grpc-js hands out a message whenever there is no error.
          resolve(response as MessageShape<O>);
        }
      },
    );
    const cancel = () => running.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await promise;
    } catch (error) {
      throw decodeError(error as ServiceError, target, write);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
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

    close: () => client.close(),
  };
  return self;
}

function checkTimeout(timeoutMs: number): number {
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS) {
    throw new RangeError(
      `timeoutMs must be a whole number of 1 to ${MAX_TIMEOUT_MS}, not ${timeoutMs}`,
    );
  }
  return timeoutMs;
}
