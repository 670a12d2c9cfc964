import { FailureLog } from '../auth/failure-log.ts';
import { Gate } from '../auth/gate.ts';
import { ANONYMOUS, type Identity } from '../auth/identity.ts';
import type { Access } from '../auth/policy.ts';
import { AuthenticationUnavailable, BadCredentials, type CredentialKind } from '../auth/refusal.ts';
import { checkName } from '../catalog/name.ts';
import {
  ErrAccessChanged,
  ErrAuthenticationUnavailable,
  ErrPermissionDenied,
  ErrUnauthenticated,
} from './access-errors.ts';
import type { IncomingCall } from './incoming-call.ts';
import { catalogRpcOf, type Rule, ruleOf } from './rules.ts';

/** What of a call tells who makes it, and which it is. */
export interface CallEnds extends Pick<IncomingCall, 'protocol' | 'peer' | 'header' | 'setHeader'> {
  /** What the log calls it. Default: the id that the caller gave. */
  readonly id?: string;
}

/** A call that was denied a right. */
export interface Denial {
  /** Who calls, as the log has it. */
  readonly caller: string;
  readonly call: CallEnds;
  /** The method's name, or `GET /path`. */
  readonly method: string;
  /** Of the dataset, where the call was about one. */
  readonly name: string | undefined;
  /** The role that would do. */
  readonly role: 'reader' | 'writer' | 'admin' | 'monitor';
}

/** Told of callers that are not let in, whatever the protocol. Never throws. */
export interface AdmissionObserver {
  /** Credentials are missing or not good, or it cannot be found out for now whether they are. */
  unauthenticated(kind: CredentialKind | 'unavailable'): void;
  denied(denial: Denial): void;
  /** A call of the catalog was refused before it had begun, by {@link Door.enterFirst}. */
  refusedFirst(rpc: string, error: unknown, seconds: number): void;
}

/** A caller that was let in. */
export interface Admitted {
  readonly identity: Identity;
  readonly access: Access;
}

/** What the doors of all methods have in common. */
interface DoorParts {
  readonly gate: Gate;
  readonly failures: FailureLog;
  readonly observer: Partial<AdmissionObserver>;
  readonly monotonic: () => number;
}

/** Lets callers in to all that is served, or not: every call of every protocol goes through a door. */
export class Admission {
  /** Lets everybody do everything. */
  static readonly open = new Admission(Gate.open, { warn() {} }, () => 0);

  readonly #parts: DoorParts;
  readonly #ruleOf: (what: string) => Rule;

  /**
   * @param monotonic a clock that never goes back, in milliseconds.
   * @param observer default: nobody.
   * @param rules default: those of all that catalogd serves.
   */
  constructor(
    gate: Gate,
    log: { warn(fields: object, message: string): void },
    monotonic: () => number,
    observer: Partial<AdmissionObserver> = {},
    rules = ruleOf,
  ) {
    this.#ruleOf = rules;
    this.#parts = { gate, failures: new FailureLog(log, monotonic), observer, monotonic };
  }

  /**
   * The door of one method or resource.
   *
   * @param what as {@link ruleOf} takes it.
   * @throws {Error} if there is no rule for it.
   */
  door(what: string): Door {
    return new Door(what, this.#ruleOf(what), this.#parts);
  }
}

/** Where the calls of one method are let in by its rule. */
export class Door {
  readonly #what: string;
  readonly #rule: Rule;
  readonly #parts: DoorParts;

  constructor(what: string, rule: Rule, parts: DoorParts) {
    this.#what = what;
    this.#rule = rule;
    this.#parts = parts;
  }

  /**
   * Finds out who calls, and whether it may at all. Nothing of the request but its headers counts.
   *
   * @throws {ErrUnauthenticated} {@link ErrPermissionDenied} {@link ErrAuthenticationUnavailable}
   */
  async enter(call: CallEnds): Promise<Admitted> {
    const { gate } = this.#parts;
    const isOpen = this.#rule === 'open' || !gate.asks;
    const identity = isOpen ? ANONYMOUS : await this.#identify(call);
    const access = gate.accessOf(identity);
    const lacks =
      (this.#rule === 'monitor' && !access.monitors && 'monitor') ||
      (this.#rule === 'describe' && !access.describes && 'reader');
    if (lacks !== false) throw this.#refusal(call, identity, lacks);
    return { identity, access };
  }

  /**
   * As {@link enter}, before anything of the request is read. Whom it refuses does not come to the chain,
   * where calls are counted: so that is told.
   */
  async enterFirst(call: CallEnds): Promise<void> {
    const { observer, monotonic } = this.#parts;
    const from = monotonic();
    try {
      await this.enter(call);
    } catch (error) {
      const rpc = catalogRpcOf(this.#what);
      if (rpc !== undefined) observer.refusedFirst?.(rpc, error, (monotonic() - from) / 1_000);
      throw error;
    }
  }

  /**
   * Checks the right on the name in a request, where the rule asks for one. Before anything is looked
   * up: the answer is the same whether or not the dataset exists.
   *
   * @throws {ErrInvalidName} {@link ErrPermissionDenied} {@link ErrUnauthenticated}
   */
  check({ identity, access }: Admitted, call: CallEnds, request: unknown): void {
    if (this.#rule !== 'write' && this.#rule !== 'purge') return;
    const { name } = request as { name: string };
    // A name that breaks the rules is no name: what it would be resolved to must not matter.
    checkName(name);
    const scope = this.#rule === 'write' ? access.writes : access.administers;
    if (scope.covers(name)) return;
    throw this.#refusal(call, identity, this.#rule === 'write' ? 'writer' : 'admin', name);
  }

  /**
   * Calls back once when a caller that was let in would no longer be, or would read other names; or
   * when its credentials have run out.
   *
   * @returns ends the watching.
   */
  watch({ identity, access }: Admitted, call: CallEnds, onEnd: (error: Error) => void): () => void {
    const { gate } = this.#parts;
    let hasEnded = false;
    const end = (error: Error) => {
      // What is told once need not be watched any more, and an end that has passed would fire again.
      stop();
      onEnd(error);
    };
    const again = async () => {
      try {
        const now = await this.enter(call);
        if (now.access.reads.key !== access.reads.key) end(new ErrAccessChanged());
        else expireAt(now.identity.expiresAtMs);
      } catch (error) {
        end(error as Error);
      }
    };
    let cancelTimer = () => {};
    // The end of a token may be set, moved or taken away in its file while the stream is open.
    const expireAt = (atMs: number | undefined) => {
      cancelTimer();
      if (!hasEnded) cancelTimer = untilMs(atMs, gate.nowMs, () => void again());
    };
    const unsubscribe = gate.onChange(() => void again());
    const stop = () => {
      hasEnded = true;
      unsubscribe();
      cancelTimer();
    };
    expireAt(identity.expiresAtMs);
    return stop;
  }

  async #identify(call: CallEnds): Promise<Identity> {
    const { gate, failures, observer } = this.#parts;
    try {
      return await gate.identify({
        authorization: call.header('authorization'),
        certificate: call.peer.certificate,
      });
    } catch (error) {
      if (error instanceof AuthenticationUnavailable) {
        observer.unauthenticated?.('unavailable');
        throw new ErrAuthenticationUnavailable({ cause: error });
      }
      if (!(error instanceof BadCredentials)) throw error;
      const { address } = call.peer;
      observer.unauthenticated?.(error.kind);
      failures.refused({ rpc: this.#what, peer: address, why: error.message });
      throw unauthenticated(call);
    }
  }

  /** To whom is not known who it is, it is not said that it lacks a right. */
  #refusal(call: CallEnds, identity: Identity, role: Denial['role'], name?: string): Error {
    const { failures, observer } = this.#parts;
    const { address } = call.peer;
    const why = `lacks the role ${role}`;
    const fields = { rpc: this.#what, peer: address, caller: identity.name, why };
    failures.refused({ ...fields, ...(name !== undefined && { name }) });
    if (identity === ANONYMOUS) {
      observer.unauthenticated?.('none');
      return unauthenticated(call);
    }
    const method = this.#what.replace(RPC_SERVICE, '');
    observer.denied?.({ caller: identity.name, call, method, name, role });
    return new ErrPermissionDenied(identity.name, role, name);
  }
}

/** What stands before the name of an RPC. */
const RPC_SERVICE = /^[\w.]+\//;

/** The challenge goes with it (RFC 9110 section 11.6.1, RFC 6750 section 3), without an error code. */
function unauthenticated(call: CallEnds): ErrUnauthenticated {
  call.setHeader('www-authenticate', 'Bearer');
  return new ErrUnauthenticated();
}

/** The longest timer of Node. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function untilMs(atMs: number | undefined, nowMs: () => number, then: () => void): () => void {
  if (atMs === undefined) return () => {};
  let timer: NodeJS.Timeout | undefined;
  const wait = () => {
    const leftMs = atMs - nowMs();
    if (leftMs <= 0) then();
    else timer = setTimeout(wait, Math.min(leftMs, MAX_TIMER_MS)).unref();
  };
  wait();
  return () => clearTimeout(timer);
}
