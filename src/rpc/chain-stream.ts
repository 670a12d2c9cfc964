import type {
  DescMessage,
  DescMethodServerStreaming,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { CatalogError, ErrCanceled } from '../catalog/errors.ts';
import { type ChainOptions, INDEX_AGE_HEADER, report, StatusError } from './chain.ts';
import type { StreamHandler } from './context.ts';
import type { IncomingCall } from './incoming-call.ts';
import { statusOf } from './status.ts';

/** A method that streams its answers, ready to be called by any protocol. Throws {@link StatusError} alone. */
export type StreamMethod<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  call: IncomingCall,
) => AsyncGenerator<MessageInitShape<O>, void, undefined>;

/**
 * What goes round a handler that streams: as {@link chained}, but without a deadline where the caller
 * has set none, for a stream may go on for days. It is observed once, at its end.
 */
export function chainedStream<I extends DescMessage, O extends DescMessage>(
  method: DescMethodServerStreaming<I, O>,
  handler: StreamHandler<I, O>,
  { registry, log, observe, monotonic }: Omit<ChainOptions, 'defaultTimeoutMs'>,
): StreamMethod<I, O> {
  const rpc = `${method.parent.typeName}/${method.name}`;
  return async function* (request, call) {
    const began = monotonic();
    // How it ends where nobody asks for more.
    let [code, reason] = ['Canceled', 'CANCELED'];
    const { ageMs } = registry;
    if (ageMs !== undefined) call.setHeader(INDEX_AGE_HEADER, String(Math.ceil(ageMs)));
    try {
      yield* handler(registry, request, { caller: call });
      [code, reason] = ['OK', ''];
    } catch (thrown) {
      // A connection that breaks is thrown into the stream as whatever the transport makes of it.
      const broke = call.signal.aborted && !(thrown instanceof CatalogError);
      const error = broke ? new ErrCanceled({ cause: thrown }) : thrown;
      const status = statusOf(error);
      [code, reason] = [Code[status.code], status.reason];
      report(log, rpc, status, error);
      throw new StatusError(status, error);
    } finally {
      observe(rpc, code, reason, (monotonic() - began) / 1_000);
    }
  };
}
