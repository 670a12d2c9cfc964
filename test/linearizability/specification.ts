import type { Observed, Operation, RegisterInput } from './history.ts';

/** How many of the latest writes of a name are remembered with their request ids. */
const REMEMBERED_WRITES = 64;

interface Remembered {
  readonly requestId: string;
  readonly call: string;
  readonly existing: boolean;
  readonly version: number;
}

/** One name between two operations. Version 0: absent. Immutable. */
export interface State {
  readonly version: number;
  readonly marker: number;
  readonly fingerprint: string;
  readonly labels: string;
  readonly remembered: readonly Remembered[];
  /** Equal for equal states. */
  readonly key: string;
}

export const ABSENT: State = {
  version: 0,
  marker: 0,
  fingerprint: '',
  labels: '{}',
  remembered: [],
  key: 'absent',
};

/** Which write each etag of a history stands for, as `version/marker`; see {@link etagsOf}. */
export type Etags = ReadonlyMap<string, string>;

/** What a register comes to on a state: the contract, once more and on its own. */
export type Answer =
  | {
      readonly kind: 'write' | 'replay';
      readonly existing: boolean;
      readonly version: number;
      /** The state afterwards. */
      readonly next: State;
    }
  | { readonly kind: 'ETAG_MISMATCH' }
  | { readonly kind: 'FINGERPRINT_CONFLICT'; readonly current: string }
  | { readonly kind: 'REQUEST_ID_REUSED'; readonly version: number };

/** The order of the checks: request id, etag, fingerprint. */
export function register(state: State, input: RegisterInput, etags: Etags): Answer {
  const call = callOf(input);
  const known = state.remembered.find(({ requestId }) => requestId === input.requestId);
  if (known !== undefined) {
    return known.call === call
      ? { kind: 'replay', existing: known.existing, version: known.version, next: state }
      : { kind: 'REQUEST_ID_REUSED', version: known.version };
  }
  const expected = input.expectedEtag;
  if (expected !== '' && etags.get(expected) !== `${state.version}/${state.marker}`) {
    return { kind: 'ETAG_MISMATCH' };
  }
  const existing = state.version > 0;
  if (existing && state.fingerprint !== input.fingerprint) {
    return { kind: 'FINGERPRINT_CONFLICT', current: state.fingerprint };
  }
  const version = state.version + 1;
  return { kind: 'write', existing, version, next: written(state, input, call, existing) };
}

function written(state: State, input: RegisterInput, call: string, existing: boolean): State {
  const version = state.version + 1;
  const { fingerprint, marker, requestId } = input;
  const labels = input.labels === null ? state.labels : canonical(input.labels);
  const remembered = state.remembered.filter((each) => version - each.version < REMEMBERED_WRITES);
  if (requestId !== '') remembered.push({ requestId, call, existing, version });
  const ids = remembered.map((each) => `${each.requestId}@${each.version}`).join();
  const key = [version, marker, fingerprint, labels, ids].join('|');
  return { version, marker, fingerprint, labels, remembered, key };
}

/**
 * Whether the outcome of an operation is right on a state, and the state afterwards. Of an outcome
 * that is not known any answer is right; `undefined` if the outcome is wrong.
 */
export function step(state: State, operation: Operation, etags: Etags): State | undefined {
  if (operation.kind === 'read') {
    const { outcome, minVersion } = operation;
    if (outcome.kind === 'below') {
      return state.version > 0 && state.version < minVersion ? state : undefined;
    }
    if (outcome.kind !== 'ok' || !shows(outcome.manifest, state)) return undefined;
    return state.version === 0 || state.version >= minVersion ? state : undefined;
  }
  const { input, outcome } = operation;
  const answer = register(state, input, etags);
  const writes = answer.kind === 'write' && !input.validateOnly;
  const after = writes ? answer.next : state;
  switch (outcome.kind) {
    case 'unknown':
      return after;
    case 'failed':
      return undefined;
    case 'refused':
      return outcome.reason === answer.kind && refusalFits(outcome.metadata, answer, state, etags)
        ? state
        : undefined;
    case 'ok': {
      if (answer.kind !== 'write' && answer.kind !== 'replay') return undefined;
      const right =
        outcome.replayed === (answer.kind === 'replay') &&
        outcome.existing === answer.existing &&
        outcome.version === answer.version &&
        shows(outcome.manifest, answer.next);
      return right ? after : undefined;
    }
  }
}

function refusalFits(
  metadata: Readonly<Record<string, string>>,
  answer: Answer,
  state: State,
  etags: Etags,
): boolean {
  switch (answer.kind) {
    case 'FINGERPRINT_CONFLICT':
      return metadata.current_fingerprint === answer.current;
    case 'REQUEST_ID_REUSED':
      return metadata.version === String(answer.version);
    case 'ETAG_MISMATCH': {
      const current = metadata.current_etag ?? '';
      if (current === '' || state.version === 0) return current === '' && state.version === 0;
      // An etag that no answer of the history explains tells nothing more.
      const write = etags.get(current);
      return write === undefined || write === `${state.version}/${state.marker}`;
    }
    default:
      return false;
  }
}

function shows(manifest: Observed | null, state: State): boolean {
  if (manifest === null) return state.version === 0;
  return (
    manifest.version === state.version &&
    manifest.marker === state.marker &&
    manifest.fingerprint === state.fingerprint &&
    canonical(manifest.labels) === state.labels
  );
}

/** What makes two registers one call under one request id. */
function callOf({ fingerprint, marker, labels, expectedEtag }: RegisterInput): string {
  return JSON.stringify([fingerprint, marker, labels && canonical(labels), expectedEtag]);
}

function canonical(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(labels).sort()));
}

/**
 * Which write each etag stands for, out of all answers that wrote or showed one. An answer to
 * `validate_only` shows the etag of a write that was not made.
 */
export function etagsOf(operations: readonly Operation[]): Etags {
  const etags = new Map<string, string>();
  for (const operation of operations) {
    const { outcome } = operation;
    if (outcome.kind !== 'ok' || outcome.manifest === null) continue;
    if (operation.kind === 'register' && operation.input.validateOnly) continue;
    const { etag, version, marker } = outcome.manifest;
    etags.set(etag, `${version}/${marker}`);
  }
  return etags;
}
