import type { DataFile, EvolveInput, RegisterInput, UpdateInput, WriteInput } from './input.ts';
import { UNSET } from './input.ts';
import { type Content, canonical, PURGED, type State } from './state.ts';

/** What a method makes of a state, once the request id and the etag are no obstacle. */
export type Plan =
  | { readonly kind: 'write'; readonly existing: boolean; readonly content: Content }
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'refused';
      readonly reason: string;
      /** What the refusal has to name. */
      readonly metadata: Readonly<Record<string, string>>;
    };

/** Whether there is a dataset whose etag a call of the method can expect. */
export function isSubject({ status }: State, { method }: WriteInput): boolean {
  return (
    status === 'live' || (status === 'deleted' && (method === 'undelete' || method === 'purge'))
  );
}

/** Whether a repeated call of the method is shown the dataset. */
export function isShownAgain({ status }: State, { method }: WriteInput): boolean {
  return (
    status === 'live' || (status === 'deleted' && (method === 'undelete' || method === 'delete'))
  );
}

/** The rules of each method: the contract, once more and on its own. */
export function plan(state: State, input: WriteInput): Plan {
  switch (input.method) {
    case 'register':
      return register(state, input);
    case 'evolve':
      return evolve(state, input);
    case 'update':
      return update(state, input);
    case 'delete':
      if (state.status !== 'live') return missing(input.allowMissing);
      return write({ ...state, status: 'deleted' });
    case 'undelete':
      if (state.status === 'live') return refused('MANIFEST_EXISTS');
      if (state.status !== 'deleted') return missing(false);
      return write({ ...state, status: 'live' });
    case 'purge':
      if (state.status === 'live') return refused('NOT_DELETED');
      if (state.status !== 'deleted') return missing(input.allowMissing);
      return write(PURGED);
  }
}

function register(state: State, input: RegisterInput): Plan {
  const { fingerprint, marker, objects } = input;
  const existing = state.status === 'live';
  if (existing && state.fingerprint !== fingerprint) return conflict(state);
  const stays = existing
    ? { createdIn: state.createdIn, formers: state.formers, labels: state.labels }
    : { createdIn: state.version + 1, formers: [], labels: '{}' };
  const labels = input.labels === null ? stays.labels : canonical(input.labels);
  const content = { ...stays, status: 'live', fingerprint, marker, objects, labels } as const;
  return { kind: 'write', existing, content };
}

function evolve(state: State, { from, to, marker, objects }: EvolveInput): Plan {
  if (state.status !== 'live') return missing(false);
  if (state.fingerprint !== from) return conflict(state);
  const formers = [...state.formers, `${from}@${state.version + 1}`];
  return write({ ...state, fingerprint: to, marker, objects, formers });
}

function update(state: State, { fingerprint, put, remove, marker }: UpdateInput): Plan {
  if (state.status !== 'live') return missing(false);
  if (state.fingerprint !== fingerprint) return conflict(state);
  const lacking = remove.find((key) => state.objects.every((each) => each.key !== key));
  if (lacking !== undefined) return refused('OBJECT_NOT_FOUND', { key: lacking });
  const putOf = (key: string) => put.find((each) => each.key === key);
  const gone = state.objects.filter(({ key }) => remove.includes(key) || putOf(key) !== undefined);
  const kept = state.objects.filter(({ key }) => !remove.includes(key));
  const added = put.filter(({ key }) => kept.every((each) => each.key !== key));
  const objects = [...kept.map((each) => putOf(each.key) ?? each), ...added];
  return write({
    ...state,
    objects,
    marker: marker === UNSET ? adjusted(state.marker, gone, put) : marker,
  });
}

/** The row count after the objects went and came; not set unless every count is known. */
function adjusted(before: number, gone: readonly DataFile[], put: readonly DataFile[]): number {
  const counts = [before, ...[...gone, ...put].map(({ rows }) => rows)];
  if (counts.includes(UNSET)) return UNSET;
  const sum = (files: readonly DataFile[]) => files.reduce((total, { rows }) => total + rows, 0);
  return Math.max(UNSET, before - sum(gone) + sum(put));
}

function write(content: Content): Plan {
  return { kind: 'write', existing: true, content };
}

function missing(allowed: boolean): Plan {
  return allowed ? { kind: 'nothing' } : refused('MANIFEST_NOT_FOUND');
}

function conflict({ fingerprint }: State): Plan {
  return refused('FINGERPRINT_CONFLICT', { current_fingerprint: fingerprint });
}

function refused(reason: string, metadata: Readonly<Record<string, string>> = {}): Plan {
  return { kind: 'refused', reason, metadata };
}
