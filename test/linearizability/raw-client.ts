import type {
  DescMessage,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { type Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { parseHostPort } from '../../src/client/address.ts';
import { openChannel } from '../../src/client/channel.ts';
import { decodeError } from '../../src/client/decode-error.ts';
import type { CatalogClientError } from '../../src/client/errors.ts';
import { grpcMethod } from '../../src/client/grpc-method.ts';

/** How long the caller of one call waits. */
export interface Patience {
  readonly timeoutMs: number;
  /** Cancels the call after so many milliseconds; absent: never. */
  readonly cancelAfterMs?: number | undefined;
}

/** What one call came to. */
export interface Called<O extends DescMessage> {
  /** The answer, or the error as the typed client tells it. */
  readonly result: MessageShape<O> | CatalogClientError;
  /** How old the index was at most, in milliseconds; `undefined` if the answer did not say. */
  readonly ageMs: number | undefined;
}

/**
 * The typed client without what it does for its callers: no repetition, no request id of its own,
 * and the headers of the answer are seen.
 */
export class RawClient {
  readonly #channel: Client;
  readonly #address: string;

  /** @param address `HOST:PORT`. */
  constructor(address: string) {
    this.#address = address;
    this.#channel = openChannel(parseHostPort(address, 1), false);
  }

  /** @param requestId for a write: an answer that got lost then leaves the outcome open. */
  async call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    patience: Patience,
    requestId?: string,
  ): Promise<Called<O>> {
    const { path, requestSerialize, responseDeserialize } = grpcMethod(method);
    const { promise, resolve } = Promise.withResolvers<MessageShape<O> | CatalogClientError>();
    let headers: Metadata | undefined;
    const call = this.#channel.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      create(method.input, request),
      new Metadata(),
      { deadline: Date.now() + patience.timeoutMs },
      (error: ServiceError | null, answer) => {
        if (error === null) return resolve(answer as MessageShape<O>);
        headers ??= error.metadata;
        resolve(
          decodeError(error, this.#address, requestId === undefined ? undefined : { requestId }),
        );
      },
    );
    call.on('metadata', (metadata) => {
      headers = metadata;
    });
    const { cancelAfterMs } = patience;
    const timer =
      cancelAfterMs === undefined ? undefined : setTimeout(() => call.cancel(), cancelAfterMs);
    const result = await promise;
    clearTimeout(timer);
    const age = headers?.get('catalogd-index-age-ms')[0];
    return { result, ageMs: age === undefined ? undefined : Number(age) };
  }

  close(): void {
    this.#channel.close();
  }
}
