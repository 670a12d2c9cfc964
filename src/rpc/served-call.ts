import type { Identity } from '../auth/identity.ts';
import type { Caller, Change } from '../catalog/call.ts';
import type { LeftBecause } from '../catalog/errors.ts';
import { NameScope } from '../catalog/name-scope.ts';
import type { Admitted, CallEnds } from './admission.ts';
import type { CallProtocol, IncomingCall, Peer } from './incoming-call.ts';

/**
 * The header by which a call is known in logs: what a caller or a proxy gives is taken, and the answer
 * says which it was.
 */
export const CALL_ID_HEADER = 'x-request-id';

/** What is taken for an id: it goes into logs and back into a header. */
const SANE_ID = /^[\w.:/+=@-]{1,128}$/;

/** The id that a caller gave its call, if it is fit to be one. */
export function givenCallId(call: Pick<IncomingCall, 'header'>): string | undefined {
  const given = call.header(CALL_ID_HEADER);
  return given !== undefined && SANE_ID.test(given) ? given : undefined;
}

/** What is the same for all calls that are served. */
export interface ServedCallParts {
  /** The deadline of calls that set none, in milliseconds; absent: they have none. */
  readonly defaultTimeoutMs?: number | undefined;
  /** A new id for a call. */
  readonly newCallId: () => string;
  /** Told of each change that a call makes; see {@link Caller.onChange}. */
  readonly onChange?: ((change: Change, call: ServedCall) => Promise<void>) | undefined;
}

/**
 * A call while it is served, as the catalog sees it: with a deadline, if only the default one. Nothing
 * is made before it is asked for, neither timer nor id: most reads end without.
 */
export class ServedCall implements Caller, CallEnds {
  readonly incoming: IncomingCall;
  readonly #parts: ServedCallParts;
  #admitted: Admitted | undefined;
  #id: string | undefined;
  #signal: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(incoming: IncomingCall, parts: ServedCallParts) {
    this.incoming = incoming;
    this.#parts = parts;
    const given = givenCallId(incoming);
    if (given !== undefined) this.#setId(given);
  }

  /**
   * What the log calls it: the id that the caller gave, or a new one. The answer's header says it, if
   * it is asked for before the answer begins.
   */
  get id(): string {
    return this.#id ?? this.#setId(this.#parts.newCallId());
  }

  get protocol(): CallProtocol {
    return this.incoming.protocol;
  }

  get peer(): Peer {
    return this.incoming.peer;
  }

  header(name: string): string | undefined {
    return this.incoming.header(name);
  }

  setHeader(name: string, value: string): void {
    this.incoming.setHeader(name, value);
  }

  /** Who calls, once it was let in. */
  get identity(): Identity | undefined {
    return this.#admitted?.identity;
  }

  /** What exists for it: nothing before it was let in. */
  get reads(): NameScope {
    return this.#admitted?.access.reads ?? NameScope.none;
  }

  /** Notes that the caller was let in, and as whom. */
  admit(admitted: Admitted): void {
    this.#admitted = admitted;
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#withDeadline();
    return this.#signal;
  }

  leftBecause(): LeftBecause {
    const ownDeadline = this.#timer !== undefined && !this.incoming.signal.aborted;
    return ownDeadline ? 'deadline' : this.incoming.leftBecause();
  }

  async onChange(change: Change): Promise<void> {
    await this.#parts.onChange?.(change, this);
  }

  /** To be called when the call has ended. */
  clear(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
  }

  #setId(id: string): string {
    this.#id = id;
    // A write goes on when its caller has left, and its answer with it.
    if (!this.#hasEnded) this.incoming.setHeader(CALL_ID_HEADER, id);
    return id;
  }

  #withDeadline(): AbortSignal {
    const { timeoutMs, signal } = this.incoming;
    const { defaultTimeoutMs } = this.#parts;
    if (timeoutMs !== undefined || defaultTimeoutMs === undefined) return signal;
    const late = new AbortController();
    this.#timer = setTimeout(() => late.abort(), defaultTimeoutMs);
    return AbortSignal.any([signal, late.signal]);
  }
}
