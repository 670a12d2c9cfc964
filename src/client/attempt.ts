import type { DescMessage, DescMethodUnary, MessageShape } from '@bufbuild/protobuf';
import type { Client, Metadata, ServiceError } from '@grpc/grpc-js';
import { grpcMethod } from './grpc-method.ts';

/** One attempt of a call, as grpc-js makes it. */
export interface Attempt<I extends DescMessage, O extends DescMessage> {
  readonly method: DescMethodUnary<I, O>;
  /** As encodeRequest makes it. */
  readonly request: Buffer;
  readonly metadata: Metadata;
  /** At most so many milliseconds, counted from now. */
  readonly timeLeftMs: number;
  readonly signal: AbortSignal | undefined;
}

/** @throws {ServiceError} of grpc-js, whatever goes wrong. */
export async function makeAttempt<I extends DescMessage, O extends DescMessage>(
  client: Client,
  { method, request, metadata, timeLeftMs, signal }: Attempt<I, O>,
): Promise<MessageShape<O>> {
  const { path, responseDeserialize } = grpcMethod(method);
  const { promise, resolve, reject } = Promise.withResolvers<MessageShape<O>>();
  const running = client.makeUnaryRequest(
    path,
    (bytes: Buffer) => bytes,
    responseDeserialize,
    request,
    metadata,
    { deadline: Date.now() + timeLeftMs },
    (error: ServiceError | null, response) => {
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
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
