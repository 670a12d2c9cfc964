import { type Evidence, evidenceOf } from './evidence.ts';
import type { Operation } from './history.ts';
import { step } from './specification.ts';
import { ABSENT, type State } from './state.ts';

/** What a search for a linearization came to. */
export type Verdict =
  | { readonly kind: 'linearizable' }
  /** There is none. The longest prefix that has one, and what then fits nowhere. */
  | {
      readonly kind: 'violation';
      readonly state: State;
      readonly blocked: readonly Operation[];
    }
  /** The search was given up. */
  | { readonly kind: 'undecided' };

/** For how long the absence of a name may be remembered by a replica, in milliseconds. */
const MISS_REMEMBERED_MS = 1_000;
/**
 * What is allowed beyond the age that an answer states, in milliseconds. Replicas and recorder read
 * one monotonic clock, and the age is taken after the call came in: rounding is all there is.
 */
const SLACK_MS = 10;
/** States visited before a search is given up: far more than any history of a run has needed. */
const MAX_STATES = 300_000;

interface Candidate {
  readonly operation: Operation;
  readonly from: number;
  /** Infinity: the outcome is not known, so the operation may take effect at any time or never. */
  readonly until: number;
}

/**
 * Whether the operations of one name can be put into an order that the sequential specification
 * allows, each at one instant between its call and its answer (Herlihy and Wing 1990). The search
 * is that of Wing and Gong with the memoisation of Lowe ("Testing for linearizability", 2017).
 */
export function checkLinearizable(operations: readonly Operation[]): Verdict {
  return new Search(operations).run();
}

/**
 * The earliest instant at which an operation may have taken effect. A weak read may show what was
 * current before its call, as far back as the answer says that the index was old.
 */
export function earliest(operation: Operation): number {
  if (operation.kind === 'write' || operation.strong) return operation.invoked;
  const { via, outcome, ageMs, minVersion, invoked } = operation;
  const missed = outcome.kind === 'ok' && outcome.manifest === null;
  // Of an absent name the store is asked, unless the answer is a listing or is remembered.
  if (missed && via !== 'list') return minVersion > 0 ? invoked : invoked - MISS_REMEMBERED_MS;
  return outcome.kind === 'below' ? invoked : invoked - ageMs - SLACK_MS;
}

class Search {
  readonly #evidence: Evidence;
  readonly #candidates: Candidate[];
  readonly #done: Uint8Array;
  readonly #seen = new Set<string>();
  #left = 0;
  #deepest: { left: number; state: State; blocked: Operation[] } | undefined;

  constructor(operations: readonly Operation[]) {
    this.#evidence = evidenceOf(operations);
    this.#candidates = operations
      .filter(({ outcome, kind }) => outcome.kind !== 'failed' && !isLostRead(kind, outcome.kind))
      .map((operation) => ({
        operation,
        from: earliest(operation),
        until: operation.outcome.kind === 'unknown' ? Number.POSITIVE_INFINITY : operation.returned,
      }))
      .sort((a, b) => a.from - b.from);
    this.#done = new Uint8Array(this.#candidates.length);
    this.#left = this.#candidates.filter(({ until }) => Number.isFinite(until)).length;
  }

  run(): Verdict {
    if (this.#from(ABSENT)) return { kind: 'linearizable' };
    if (this.#seen.size > MAX_STATES) return { kind: 'undecided' };
    const { state, blocked } = this.#deepest ?? { state: ABSENT, blocked: [] };
    return { kind: 'violation', state, blocked };
  }

  /** Whether what is left can be linearized from a state on. */
  #from(state: State): boolean {
    const taken = this.#takeUnchanging(state);
    if (this.#left === 0) return true;
    const key = `${state.key}|${this.#done.join('')}`;
    if (!this.#seen.has(key) && this.#seen.size <= MAX_STATES) {
      this.#seen.add(key);
      this.#note(state);
      for (const i of this.#writers(state)) {
        const next = step(state, this.#at(i).operation, this.#evidence) as State;
        this.#mark(i, 1);
        if (this.#from(next)) return true;
        this.#mark(i, 0);
      }
    }
    for (const i of taken) this.#mark(i, 0);
    return false;
  }

  /**
   * Takes at once whatever fits and leaves the state as it is: such an operation never stands in the
   * way of another one, so there is nothing to be gained by taking it later.
   */
  #takeUnchanging(state: State): number[] {
    const taken: number[] = [];
    for (let more = true; more; ) {
      more = false;
      for (const i of this.#open()) {
        const { operation, until } = this.#at(i);
        if (until === Number.POSITIVE_INFINITY) continue;
        if (step(state, operation, this.#evidence) !== state) continue;
        this.#mark(i, 1);
        taken.push(i);
        more = true;
      }
    }
    return taken;
  }

  /** What may come next and changes the state; of known outcome first. */
  #writers(state: State): number[] {
    const known: number[] = [];
    const unknown: number[] = [];
    for (const i of this.#open()) {
      const { operation, until } = this.#at(i);
      const next = step(state, operation, this.#evidence);
      if (next === undefined || next === state) continue;
      (until === Number.POSITIVE_INFINITY ? unknown : known).push(i);
    }
    return [...known, ...unknown];
  }

  /** What has begun before anything that is left has ended. */
  #open(): number[] {
    let firstEnd = Number.POSITIVE_INFINITY;
    for (const [i, { until }] of this.#candidates.entries()) {
      if (this.#done[i] === 0 && until < firstEnd) firstEnd = until;
    }
    const open: number[] = [];
    for (const [i, { from }] of this.#candidates.entries()) {
      if (from > firstEnd) break;
      if (this.#done[i] === 0) open.push(i);
    }
    return open;
  }

  #note(state: State): void {
    if (this.#deepest !== undefined && this.#deepest.left <= this.#left) return;
    const blocked = this.#open().map((i) => this.#at(i).operation);
    this.#deepest = { left: this.#left, state, blocked };
  }

  #mark(i: number, done: 0 | 1): void {
    this.#done[i] = done;
    if (Number.isFinite(this.#at(i).until)) this.#left += done === 1 ? -1 : 1;
  }

  #at(i: number): Candidate {
    const candidate = this.#candidates[i];
    if (candidate === undefined) throw new RangeError(`no operation ${i}`);
    return candidate;
  }
}

/** A read without an answer tells nothing. */
function isLostRead(kind: Operation['kind'], outcome: Operation['outcome']['kind']): boolean {
  return kind === 'read' && outcome === 'unknown';
}
