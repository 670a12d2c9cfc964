import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceError,
  type status,
} from '@grpc/grpc-js';
import {
  CatalogService,
  GetManifestResponseSchema,
  ListManifestsResponseSchema,
  ListObjectsResponseSchema,
  RegisterManifestResponseSchema,
  WatchManifestsResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../../gen/google/rpc/status_pb.ts';
import { grpcService } from '../../src/client/grpc-method.ts';

/**
 * The methods of a fake: each takes the decoded request and the metadata that came with it, and
 * answers with a message or throws.
 */
export type FakeMethods = Partial<
  // biome-ignore lint/suspicious/noExplicitAny: a fake answers what the test wants
  Record<keyof typeof CatalogService.method, (request: any, metadata: Metadata) => unknown>
>;

export interface FakeService {
  readonly address: string;
  close(): Promise<void>;
  /** Cuts all connections, as a crash would. */
  crash(): void;
}

/** A grpc-js server, by default on a free port, that stands in for the service, faults included. */
export async function startFake(
  methods: FakeMethods,
  { port = 0, credentials = ServerCredentials.createInsecure() } = {},
): Promise<FakeService> {
  const server = new Server();
  const definition = grpcService(CatalogService);
  server.addService(
    definition,
    Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [
        name,
        definition[name]?.responseStream === true ? streaming(method) : unary(method),
      ]),
    ),
  );
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return {
    address: `127.0.0.1:${bound}`,
    crash: () => server.forceShutdown(),
    close: async () => server.forceShutdown(),
  };
}

type FakeMethod = (request: unknown, metadata: Metadata) => unknown;

function unary(method: FakeMethod): handleUnaryCall<unknown, unknown> {
  return async (call, callback) => {
    try {
      callback(null, await method(call.request, call.metadata));
    } catch (error) {
      callback(error as ServiceError);
    }
  };
}

/** A method that streams returns the messages, and throws between them what it ends with. */
function streaming(method: FakeMethod): handleServerStreamingCall<unknown, unknown> {
  return async (call) => {
    try {
      const messages = method(call.request, call.metadata) as AsyncIterable<unknown>;
      for await (const message of messages) {
        if (call.cancelled) return;
        call.write(message);
      }
      call.end();
    } catch (error) {
      call.emit('error', error as ServiceError);
    }
  };
}

export interface FakeDetails {
  readonly info?: MessageInitShape<typeof ErrorInfoSchema>;
  readonly badRequest?: MessageInitShape<typeof BadRequestSchema>;
  readonly precondition?: MessageInitShape<typeof PreconditionFailureSchema>;
  readonly quota?: MessageInitShape<typeof QuotaFailureSchema>;
  readonly retry?: MessageInitShape<typeof RetryInfoSchema>;
}

/** An error as the service answers it, with its details in `grpc-status-details-bin`. */
export function fault(code: status, message: string, details: FakeDetails = {}): ServiceError {
  const metadata = new Metadata();
  const { info, badRequest, precondition, quota, retry } = details;
  const packed = [
    ...(info ? [anyPack(ErrorInfoSchema, create(ErrorInfoSchema, info))] : []),
    ...(badRequest ? [anyPack(BadRequestSchema, create(BadRequestSchema, badRequest))] : []),
    ...(precondition
      ? [anyPack(PreconditionFailureSchema, create(PreconditionFailureSchema, precondition))]
      : []),
    ...(quota ? [anyPack(QuotaFailureSchema, create(QuotaFailureSchema, quota))] : []),
    ...(retry ? [anyPack(RetryInfoSchema, create(RetryInfoSchema, retry))] : []),
  ];
  const bytes = toBinary(StatusSchema, create(StatusSchema, { code, message, details: packed }));
  metadata.set('grpc-status-details-bin', Buffer.from(bytes));
  return Object.assign(new Error(message), { code, details: message, metadata });
}

export const getResponse = (init: MessageInitShape<typeof GetManifestResponseSchema>) =>
  create(GetManifestResponseSchema, init);
export const listResponse = (init: MessageInitShape<typeof ListManifestsResponseSchema>) =>
  create(ListManifestsResponseSchema, init);
export const objectsResponse = (init: MessageInitShape<typeof ListObjectsResponseSchema>) =>
  create(ListObjectsResponseSchema, init);
export const watchResponse = (init: MessageInitShape<typeof WatchManifestsResponseSchema>) =>
  create(WatchManifestsResponseSchema, init);
export const registerResponse = (init: MessageInitShape<typeof RegisterManifestResponseSchema>) =>
  create(RegisterManifestResponseSchema, init);
