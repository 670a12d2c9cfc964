import type { DescMessage, DescMethodServerStreaming, MessageShape } from '@bufbuild/protobuf';
import type { Client, Metadata, ServiceError } from '@grpc/grpc-js';
import { CatalogClientError } from './errors.ts';
import { grpcMethod } from './grpc-method.ts';
import type { RetryRuntime } from './retry.ts';

/** One attempt of a call that streams its answers, as grpc-js makes it. It has no deadline. */
export interface StreamAttempt<I extends DescMessage, O extends DescMessage> {
  readonly method: DescMethodServerStreaming<I, O>;
  readonly request: MessageShape<I>;
  readonly metadata: Metadata;
  /** For how long no message may come, in milliseconds, while one is waited for. */
  readonly silentForMs: number;
  readonly signal: AbortSignal;
}

/**
 * Yields the messages as they come; the service sends no faster than they are taken.
 *
 * @throws {ServiceError} of grpc-js, whatever goes wrong.
 * @throws {CatalogClientError} UNAVAILABLE if nothing comes for too long: the stream is open for all
 *   one can see, but nobody may be at its other end.
 */
export async function* makeStreamAttempt<I extends DescMessage, O extends DescMessage>(
  client: Client,
  { method, request, metadata, silentForMs, signal }: StreamAttempt<I, O>,
  runtime: RetryRuntime,
): AsyncGenerator<MessageShape<O>, void, undefined> {
  const { path, requestSerialize, responseDeserialize } = grpcMethod(method);
  const running = client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    metadata,
  );
  // It also fails when it is cancelled, which may be when nobody waits for a message any more.
  running.on('error', (_: ServiceError) => {});
  const cancel = () => running.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  const messages: AsyncIterator<MessageShape<O>> = running[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await inTime(messages.next(), silentForMs, runtime);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

async function inTime<T>(next: Promise<T>, ms: number, runtime: RetryRuntime): Promise<T> {
  const arrived = new AbortController();
  const silence = runtime.sleep(ms, arrived.signal).then(() => {
    const message = `nothing was heard from the service for ${ms / 1_000} s`;
    throw new CatalogClientError({ code: 'UNAVAILABLE', message });
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    // Of the two, the one that lost must not be left unhandled.
    silence.catch(() => {});
    next.catch(() => {});
    arrived.abort();
  }
}
