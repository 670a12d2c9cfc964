import type { Evidence } from './evidence.ts';
import type { Observed, Operation, ReadOperation, WriteOperation } from './history.ts';
import type { WriteInput } from './input.ts';
import { isShownAgain, isSubject, type Plan, plan } from './rules.ts';
import { afterWrite, canonical, type State } from './state.ts';

/** What a call comes to on a state. */
type Answer =
  | {
      readonly kind: 'write' | 'replay';
      readonly existing: boolean;
      readonly version: number;
      /** The state afterwards. */
      readonly next: State;
    }
  | Extract<Plan, { kind: 'nothing' | 'refused' }>
  | { readonly kind: 'stale' };

/** The order of the checks: request id, etag, then what the method asks. */
function answerOf(state: State, input: WriteInput, { etags }: Evidence): Answer {
  const call = callOf(input);
  const known = state.remembered.find(({ requestId }) => requestId === input.requestId);
  if (known !== undefined) {
    const { existing, version } = known;
    if (known.call === call) return { kind: 'replay', existing, version, next: state };
    return { kind: 'refused', reason: 'REQUEST_ID_REUSED', metadata: { version: String(version) } };
  }
  if (input.expectedEtag !== '') {
    const current = isSubject(state, input) ? `${state.version}/${state.marker}` : undefined;
    if (current === undefined || etags.get(input.expectedEtag) !== current) {
      return { kind: 'stale' };
    }
  }
  const planned = plan(state, input);
  if (planned.kind !== 'write') return planned;
  const { content, existing } = planned;
  const next = afterWrite(state, content, { requestId: input.requestId, call, existing });
  return { kind: 'write', existing, version: next.version, next };
}

/**
 * Whether the outcome of an operation is right on a state, and the state afterwards. Of an outcome
 * that is not known any answer is right; `undefined` if the outcome is wrong.
 */
export function step(state: State, operation: Operation, evidence: Evidence): State | undefined {
  return operation.kind === 'read'
    ? stepOfRead(state, operation, evidence)
    : stepOfWrite(state, operation, evidence);
}

function stepOfRead(state: State, operation: ReadOperation, evidence: Evidence) {
  const { outcome, minVersion, showDeleted } = operation;
  const visible = state.status === 'live' || (showDeleted && state.status === 'deleted');
  if (outcome.kind === 'below') return visible && state.version < minVersion ? state : undefined;
  if (outcome.kind !== 'ok') return undefined;
  if (outcome.manifest === null) return visible ? undefined : state;
  const right = visible && state.version >= minVersion && shows(outcome.manifest, state, evidence);
  return right ? state : undefined;
}

function stepOfWrite(state: State, { input, outcome }: WriteOperation, evidence: Evidence) {
  const answer = answerOf(state, input, evidence);
  const after = answer.kind === 'write' && !input.validateOnly ? answer.next : state;
  switch (outcome.kind) {
    case 'unknown':
      return after;
    case 'failed':
      return undefined;
    case 'refused':
      return isRefusal(answer, outcome, state, input, evidence) ? state : undefined;
    case 'ok':
      return isAnswer(answer, outcome, input, evidence) ? after : undefined;
  }
}

function isAnswer(
  answer: Answer,
  outcome: Extract<WriteOperation['outcome'], { kind: 'ok' }>,
  input: WriteInput,
  evidence: Evidence,
): boolean {
  const { replayed, version, manifest } = outcome;
  if (answer.kind === 'nothing') return !replayed && version === 0 && manifest === null;
  if (answer.kind !== 'write' && answer.kind !== 'replay') return false;
  if (replayed !== (answer.kind === 'replay') || version !== answer.version) return false;
  if (input.method === 'register' && outcome.existing !== answer.existing) return false;
  const { next } = answer;
  // A purge shows nothing, a write what it wrote, and a replay what there is to be seen now.
  const isShown =
    input.method !== 'purge' && (answer.kind === 'write' || isShownAgain(next, input));
  if (manifest === null || !isShown) return manifest === null && !isShown;
  return shows(manifest, next, input.validateOnly ? undefined : evidence);
}

function isRefusal(
  answer: Answer,
  { reason, metadata }: Extract<WriteOperation['outcome'], { kind: 'refused' }>,
  state: State,
  input: WriteInput,
  { etags }: Evidence,
): boolean {
  if (answer.kind === 'stale') {
    if (reason !== 'ETAG_MISMATCH') return false;
    const current = metadata.current_etag ?? '';
    if (current === '' || !isSubject(state, input))
      return current === '' && !isSubject(state, input);
    // An etag that no answer of the history explains tells nothing more.
    const write = etags.get(current);
    return write === undefined || write === `${state.version}/${state.marker}`;
  }
  if (answer.kind !== 'refused' || reason !== answer.reason) return false;
  return Object.entries(answer.metadata).every(([key, value]) => metadata[key] === value);
}

/** @param evidence absent where it does not hold: for the preview of a write. */
function shows(manifest: Observed, state: State, evidence: Evidence | undefined): boolean {
  const { createdAt, updatedAt, deletedAt, objects } = manifest;
  const birth = evidence?.births.get(createdAt);
  return (
    manifest.version === state.version &&
    manifest.marker === state.marker &&
    manifest.fingerprint === state.fingerprint &&
    canonical(manifest.labels) === state.labels &&
    manifest.objectCount === state.objects.length &&
    manifest.totalSize === state.objects.reduce((sum, { size }) => sum + size, 0) &&
    (objects === null || JSON.stringify(objects) === JSON.stringify(state.objects)) &&
    manifest.formers.join() === state.formers.join() &&
    (deletedAt !== null) === (state.status === 'deleted') &&
    (createdAt === updatedAt) === (state.createdIn === state.version) &&
    (birth === undefined || birth === state.createdIn)
  );
}

/** What makes two calls one call under one request id. */
function callOf({ requestId: _, validateOnly: __, ...call }: WriteInput): string {
  const labels = call.method === 'register' && call.labels !== null && canonical(call.labels);
  const said = { ...call, ...(labels === false ? {} : { labels }) };
  return JSON.stringify(Object.entries(said).sort(([a], [b]) => (a < b ? -1 : 1)));
}
