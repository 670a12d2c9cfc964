import { randomUUID } from 'node:crypto';
import type { DescMessage, DescMethodUnary, MessageShape } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import type { Registry } from '../catalog/registry.ts';
import type { Log } from '../catalog/runtime.ts';
import type { Admission } from './admission.ts';
import type { Answer } from './answer.ts';
import { CallLimiter } from './call-limiter.ts';
import { type AccessLog, logFailure, logSuccess } from './call-log.ts';
import type { Handler } from './context.ts';
import type { IncomingCall } from './incoming-call.ts';
import { ServedCall, type ServedCallParts } from './served-call.ts';
import { limitMet, type Status, statusOf } from './status.ts';

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
  /** Refuses what is too much. Default: by the default limits. */
  readonly limiter?: CallLimiter;
  readonly log: Log;
  /** The deadline of calls that set none, in milliseconds. */
  readonly defaultTimeoutMs: number;
  readonly observe: CallObserver;
  /** Told of each call that a limit has refused: what there was too much of. */
  readonly limited?: (what: NonNullable<ReturnType<typeof limitMet>>) => void;
  /** Told of every call that begins. */
  readonly began?: (rpc: string) => void;
  /** Where calls are logged that nobody has to look at; absent: nowhere. */
  readonly access?: AccessLog | undefined;
  /** Told of each change that a call makes, before it is answered. Never rejects. */
  readonly onChange?: ServedCallParts['onChange'];
  /** A new id for a call. Default: a random UUID. */
  readonly newCallId?: () => string;
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
  const { registry, admission, log, access, observe, began, monotonic } = options;
  const rpc = `${method.parent.typeName}/${method.name}`;
  const door = admission.door(rpc);
  const reads = method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  const parts = servedCallParts(options);
  const { limiter = new CallLimiter() } = options;
  return async (request, call) => {
    const from = monotonic();
    began?.(rpc);
    const served = new ServedCall(call, parts);
    let leave: (() => void) | undefined;
    try {
      const admitted = await door.enter(served);
      served.admit(admitted);
      door.check(admitted, served, request);
      // Before the handler looks: the index may be younger than it says, but never older.
      const { ageMs } = registry;
      if (reads && ageMs !== undefined) call.setHeader(INDEX_AGE_HEADER, String(Math.ceil(ageMs)));
      const { identity } = admitted;
      leave = limiter.enter(reads ? 'read' : 'write', identity, call);
      const answer = await handler(registry, request, { caller: served, identity });
      const seconds = (monotonic() - from) / 1_000;
      observe(rpc, 'OK', '', seconds);
      if (access !== undefined) logSuccess(access, { rpc, call: served, seconds });
      return answer;
    } catch (error) {
      const status = statusOf(error);
      const limit = limitMet(error);
      if (limit !== undefined) options.limited?.(limit);
      const seconds = (monotonic() - from) / 1_000;
      observe(rpc, Code[status.code], status.reason, seconds);
      logFailure(log, access, { rpc, call: served, seconds }, status, error);
      throw new StatusError(status, error);
    } finally {
      leave?.();
      served.clear();
    }
  };
}

/** What the calls of a chain have in common. */
export function servedCallParts(
  options: Pick<ChainOptions, 'newCallId' | 'onChange'> & { readonly defaultTimeoutMs?: number },
): ServedCallParts {
  const { newCallId = randomUUID, onChange, defaultTimeoutMs } = options;
  return { newCallId, onChange, defaultTimeoutMs };
}
