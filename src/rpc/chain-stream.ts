import type {
  DescMessage,
  DescMethodServerStreaming,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import type { Caller } from '../catalog/call.ts';
import { CatalogError, ErrCanceled, type LeftBecause } from '../catalog/errors.ts';
import type { NameScope } from '../catalog/name-scope.ts';
import type { Admitted, Door } from './admission.ts';
import { CallLimiter } from './call-limiter.ts';
import { logFailure, logSuccess } from './call-log.ts';
import { type ChainOptions, INDEX_AGE_HEADER, StatusError, servedCallParts } from './chain.ts';
import type { StreamHandler } from './context.ts';
import type { IncomingCall } from './incoming-call.ts';
import { ServedCall } from './served-call.ts';
import { limitMet, statusOf } from './status.ts';

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
  options: Omit<ChainOptions, 'defaultTimeoutMs'>,
): StreamMethod<I, O> {
  const { registry, admission, log, access, observe, began, monotonic } = options;
  const rpc = `${method.parent.typeName}/${method.name}`;
  const door = admission.door(rpc);
  const { newCallId, onChange } = servedCallParts(options);
  const { limiter = new CallLimiter() } = options;
  return async function* (request, call) {
    const from = monotonic();
    began?.(rpc);
    const served = new ServedCall(call, { newCallId, onChange });
    // The headers go out with the first message.
    void served.id;
    const secondsSoFar = () => (monotonic() - from) / 1_000;
    // How it ends where nobody asks for more.
    let [code, reason] = ['Canceled', 'CANCELED'];
    let stay: Stay | undefined;
    let leave: (() => void) | undefined;
    try {
      const admitted = await door.enter(served);
      served.admit(admitted);
      door.check(admitted, served, request);
      leave = limiter.enter('watch', admitted.identity, call);
      stay = new Stay(door, admitted, served);
      const { ageMs } = registry;
      if (ageMs !== undefined) call.setHeader(INDEX_AGE_HEADER, String(Math.ceil(ageMs)));
      yield* handler(registry, request, { caller: stay, identity: admitted.identity });
      [code, reason] = ['OK', ''];
      logSuccess(access, { rpc, call: served, seconds: secondsSoFar() });
    } catch (thrown) {
      // A connection that breaks is thrown into the stream as whatever the transport makes of it.
      const broke = call.signal.aborted && !(thrown instanceof CatalogError);
      const error = broke ? new ErrCanceled({ cause: thrown }) : (stay?.endedBy ?? thrown);
      const status = statusOf(error);
      const limit = limitMet(error);
      if (limit !== undefined) options.limited?.(limit);
      [code, reason] = [Code[status.code], status.reason];
      logFailure(log, access, { rpc, call: served, seconds: secondsSoFar() }, status, error);
      throw new StatusError(status, error);
    } finally {
      leave?.();
      stay?.end();
      observe(rpc, code, reason, secondsSoFar());
    }
  };
}

/** The caller of a stream: it stays until it leaves, or until it would not be let in any more. */
class Stay implements Caller {
  readonly reads: NameScope;
  readonly signal: AbortSignal;
  /** Why it had to go, if it had. */
  endedBy: Error | undefined;
  readonly #call: ServedCall;
  readonly #unwatch: () => void;

  constructor(door: Door, admitted: Admitted, call: ServedCall) {
    const out = new AbortController();
    this.reads = admitted.access.reads;
    this.signal = AbortSignal.any([call.signal, out.signal]);
    this.#call = call;
    this.#unwatch = door.watch(admitted, call, (error) => {
      this.endedBy ??= error;
      out.abort();
    });
  }

  leftBecause(): LeftBecause {
    return this.#call.leftBecause();
  }

  end(): void {
    this.#unwatch();
  }
}
