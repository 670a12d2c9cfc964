import { ANONYMOUS, type Identity } from '../auth/identity.ts';
import { ErrTooBusy } from '../catalog/errors.ts';
import type { IncomingCall } from './incoming-call.ts';
import { sourceOf } from './source-of.ts';
import type { WriteGovernor } from './write-governor.ts';

/** How many calls may be served at a time. */
export interface CallLimits {
  /** Unary calls of all callers together. Default 10,000. */
  readonly maxCalls: number;
  /** Calls of one caller that write. Default 2,000. */
  readonly maxWritesPerCaller: number;
  /** Streams of changes to one caller. Default 250. */
  readonly maxWatchersPerCaller: number;
}

const DEFAULT_LIMITS: CallLimits = {
  maxCalls: 10_000,
  maxWritesPerCaller: 2_000,
  maxWatchersPerCaller: 250,
};

/** What a call is counted as. */
export type CallKind = 'read' | 'write' | 'watch';

/**
 * Counts the calls that are being served, and refuses what is too much. A caller is who it has proved
 * to be, else where it calls from.
 */
export class CallLimiter {
  readonly #limits: CallLimits;
  readonly #ofCaller = new Map<string, number>();
  readonly #governor: WriteGovernor | undefined;
  #calls = 0;

  /**
   * @param limits what differs from the defaults.
   * @param governor asked of each write, too.
   */
  constructor(limits: Partial<CallLimits> = {}, governor?: WriteGovernor) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#governor = governor;
  }

  /**
   * Counts a call.
   *
   * @returns what is to be called once it has ended.
   * @throws {ErrTooBusy} if there are as many as there may be.
   */
  enter(kind: CallKind, identity: Identity, call: Pick<IncomingCall, 'peer'>): () => void {
    const { maxCalls, maxWritesPerCaller, maxWatchersPerCaller } = this.#limits;
    if (kind === 'watch') {
      return this.#ofOne('watchers of the caller', maxWatchersPerCaller, identity, call);
    }
    if (this.#calls >= maxCalls) throw new ErrTooBusy('calls', maxCalls);
    if (kind === 'read') {
      this.#calls += 1;
      return () => {
        this.#calls -= 1;
      };
    }
    const leave = this.#ofOne('writes of the caller', maxWritesPerCaller, identity, call);
    try {
      this.#governor?.enter();
    } catch (error) {
      leave();
      throw error;
    }
    this.#calls += 1;
    return () => {
      this.#calls -= 1;
      this.#governor?.leave();
      leave();
    };
  }

  #ofOne(
    what: 'writes of the caller' | 'watchers of the caller',
    max: number,
    identity: Identity,
    call: Pick<IncomingCall, 'peer'>,
  ): () => void {
    const who = identity === ANONYMOUS ? `at ${sourceOf(call.peer.address)}` : identity.name;
    const key = `${what} ${who}`;
    const count = this.#ofCaller.get(key) ?? 0;
    if (count >= max) throw new ErrTooBusy(what, count);
    this.#ofCaller.set(key, count + 1);
    return () => {
      const left = (this.#ofCaller.get(key) ?? 1) - 1;
      if (left > 0) this.#ofCaller.set(key, left);
      else this.#ofCaller.delete(key);
    };
  }
}
