import type { DescMessage, DescMethodUnary, MessageShape } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import type { Caller } from '../catalog/call.ts';
import { ErrNotReady, ErrOutcomeUnknown, type LeftBecause } from '../catalog/errors.ts';
import type { NameScope } from '../catalog/name-scope.ts';
import type { Registry } from '../catalog/registry.ts';
import type { Log } from '../catalog/runtime.ts';
import { ErrAuthenticationUnavailable } from './access-errors.ts';
import type { Admission } from './admission.ts';
import type { Answer } from './answer.ts';
import type { Handler } from './context.ts';
import type { IncomingCall } from './incoming-call.ts';
import { type Status, statusOf } from './status.ts';

/** A method ready to be called by any protocol. Rejects with {@link StatusError} alone. */
export type Method<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  call: IncomingCall,
) => Promise<Answer<O>>;

/** An error that is fit for the caller: what {@link statusOf} made of it. */
export class StatusError extends Error {
  readonly status: Status;
  constructor(status: Status, cause: unknown) {
    super(status.message, { cause });
    this.status = status;
  }
}

/** Says of every read how old the index is at most, in milliseconds. */
export const INDEX_AGE_HEADER = 'catalogd-index-age-ms';

/** Told of every call that has ended: how, and how long it took. `reason` is empty for OK. */
export type CallObserver = (rpc: string, code: string, reason: string, seconds: number) => void;

/** How calls are served, whatever the method. */
export interface ChainOptions {
  readonly registry: Registry;
  /** Decides who may call, and what exists for whom. */
  readonly admission: Admission;
  readonly log: Log;
  /** The deadline of calls that set none, in milliseconds. */
  readonly defaultTimeoutMs: number;
  readonly observe: CallObserver;
  /** A clock that never goes back, in milliseconds. */
  readonly monotonic: () => number;
}

/**
 * What goes round every handler, the same for every protocol: the door, a deadline, the mapping of
 * errors, the log. Not connect's interceptors, so that a call which does not come through connect has
 * it too.
 */
export function chained<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  handler: Handler<I, O>,
  options: ChainOptions,
): Method<I, O> {
  const { registry, admission, log, defaultTimeoutMs, observe, monotonic } = options;
  const rpc = `${method.parent.typeName}/${method.name}`;
  const door = admission.door(rpc);
  const reads = method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  return async (request, call) => {
    const began = monotonic();
    const ended = (code: string, reason: string) =>
      observe(rpc, code, reason, (monotonic() - began) / 1_000);
    let caller: DeadlinedCaller | undefined;
    try {
      const admitted = await door.enter(call);
      door.check(admitted, call, request);
      const { identity, access } = admitted;
      caller = new DeadlinedCaller(call, access.reads, defaultTimeoutMs);
      // Before the handler looks: the index may be younger than it says, but never older.
      const { ageMs } = registry;
      if (reads && ageMs !== undefined) call.setHeader(INDEX_AGE_HEADER, String(Math.ceil(ageMs)));
      const answer = await handler(registry, request, { caller, identity });
      ended('OK', '');
      return answer;
    } catch (error) {
      const status = statusOf(error);
      ended(Code[status.code], status.reason);
      report(log, rpc, status, error);
      throw new StatusError(status, error);
    } finally {
      caller?.clear();
    }
  };
}

/** Codes that an operator wants to know of; the others are the caller's business. */
const WORTH_A_WARNING: ReadonlySet<Code> = new Set([
  Code.Unavailable,
  Code.Internal,
  Code.DataLoss,
  Code.ResourceExhausted,
]);

/** Tells the operator of a call that failed, if it is not the caller's business alone. */
export function report(log: Log, rpc: string, status: Status, error: unknown): void {
  const fields = { rpc, code: Code[status.code], err: error };
  if (status.code === Code.Internal || status.code === Code.DataLoss) {
    log.error(fields, 'a call failed');
  } else if (error instanceof ErrNotReady) {
    // Who asks before the catalog is loaded, a probe say, asks again and again.
    log.debug(fields, 'a call came too early');
  } else if (error instanceof ErrAuthenticationUnavailable) {
    // Strangers can make as many of these as they like; that keys cannot be fetched is logged there.
    log.debug(fields, 'a caller could not be told');
  } else if (WORTH_A_WARNING.has(status.code) || error instanceof ErrOutcomeUnknown) {
    log.warn(fields, 'a call failed');
  }
}

/** A caller with a deadline, if only the default one. No timer runs until its signal is looked at. */
class DeadlinedCaller implements Caller {
  readonly reads: NameScope;
  readonly #call: IncomingCall;
  readonly #defaultTimeoutMs: number;
  #signal: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(call: IncomingCall, reads: NameScope, defaultTimeoutMs: number) {
    this.reads = reads;
    this.#call = call;
    this.#defaultTimeoutMs = defaultTimeoutMs;
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#withDeadline();
    return this.#signal;
  }

  leftBecause(): LeftBecause {
    const ownDeadline = this.#timer !== undefined && !this.#call.signal.aborted;
    return ownDeadline ? 'deadline' : this.#call.leftBecause();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #withDeadline(): AbortSignal {
    const { timeoutMs, signal } = this.#call;
    if (timeoutMs !== undefined) return signal;
    const late = new AbortController();
    this.#timer = setTimeout(() => late.abort(), this.#defaultTimeoutMs);
    return AbortSignal.any([signal, late.signal]);
  }
}
