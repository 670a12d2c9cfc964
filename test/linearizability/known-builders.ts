import type {
  History,
  Observed,
  Operation,
  ReadOperation,
  Refusal,
  WriteOperation,
  WriteOutcome,
} from './history.ts';
import {
  type DataFile,
  type DeleteInput,
  type EvolveInput,
  type RegisterInput,
  UNCONDITIONAL,
  UNSET,
  type UndeleteInput,
  type UpdateInput,
  type WriteInput,
} from './input.ts';

/** A history whose verdict is known beforehand. */
export interface KnownHistory {
  readonly title: string;
  readonly good: boolean;
  readonly history: History;
}

type Between = readonly [invoked: number, returned: number];

/** An object. */
export const file = (key: string, size: number, rows = size): DataFile => ({ key, size, rows });

/** The manifest of version `version`, written with row count `marker`. */
export function shown(version: number, marker: number, changes: Partial<Observed> = {}): Observed {
  const objects = changes.objects ?? [file('a', marker)];
  return {
    datasetId: 'id',
    version,
    marker,
    fingerprint: 'f',
    labels: {},
    objects,
    objectCount: objects.length,
    totalSize: objects.reduce((sum, { size }) => sum + size, 0),
    formers: [],
    deletedAt: null,
    etag: `${version}-${marker}`,
    createdAt: '1',
    updatedAt: String(version),
    ...changes,
  };
}

/** Of the history that is being recorded. */
let operations: Operation[] = [];

function timed([invoked, returned]: Between) {
  const id = operations.length;
  return { id, client: `c${id}`, replica: `${id}#1`, name: 'n', invoked, returned };
}

/** Records a register; what is not given is as a plain call has it. */
export function register(
  at: Between,
  input: Partial<RegisterInput> & { readonly marker: number },
  outcome: WriteOutcome,
  changes: Partial<WriteOperation> = {},
): void {
  const objects = [file('a', input.marker)];
  const plain = { method: 'register', fingerprint: 'f', labels: null, objects } as const;
  write(at, { ...plain, ...UNCONDITIONAL, ...input }, outcome, changes);
}

/** Records an evolution from `f` to `g`, if not told otherwise. */
export function evolve(
  at: Between,
  input: Partial<EvolveInput> & { readonly marker: number },
  outcome: WriteOutcome,
): void {
  const objects = [file('a', input.marker)];
  const plain = { method: 'evolve', from: 'f', to: 'g', objects } as const;
  write(at, { ...plain, ...UNCONDITIONAL, ...input }, outcome);
}

/** Records an update of objects: of none, if not told otherwise. */
export function update(at: Between, input: Partial<UpdateInput>, outcome: WriteOutcome): void {
  const plain = { method: 'update', fingerprint: 'f', put: [], remove: [], marker: UNSET } as const;
  write(at, { ...plain, ...UNCONDITIONAL, ...input }, outcome);
}

/** Records a delete, undelete or purge. */
export function removal(
  at: Between,
  input:
    | (Partial<DeleteInput> & Pick<DeleteInput, 'method'>)
    | (Partial<UndeleteInput> & Pick<UndeleteInput, 'method'>),
  outcome: WriteOutcome,
): void {
  write(at, { allowMissing: false, ...UNCONDITIONAL, ...input } as WriteInput, outcome);
}

function write(
  at: Between,
  input: WriteInput,
  outcome: WriteOutcome,
  changes: Partial<WriteOperation> = {},
): void {
  operations.push({ kind: 'write', ...timed(at), input, outcome, ...changes });
}

/** The answer to a write that made this version. */
export function wrote(version: number, marker: number, changes: Partial<Observed> = {}) {
  const manifest = shown(version, marker, changes);
  return { kind: 'ok', existing: version > 1, replayed: false, version, manifest } as const;
}

/** The manifest of a version that deleted the dataset. */
export function deleted(version: number, marker: number, changes: Partial<Observed> = {}) {
  return shown(version, marker, { deletedAt: String(version), ...changes });
}

/** The answer to a call by which that version came to be, unless a register. */
export function made(manifest: Observed) {
  return { kind: 'ok', replayed: false, version: manifest.version, manifest } as const;
}

/** The answer to a purge that made this version; 0: there was nothing to purge, nor to delete. */
export function emptied(version: number) {
  return { kind: 'ok', replayed: false, version, manifest: null } as const;
}

/** The answer to a call that was refused. */
export function refused(reason: Refusal, metadata: Readonly<Record<string, string>> = {}) {
  return { kind: 'refused', reason, metadata } as const;
}

/** The outcome of a write that may or may not have happened. */
export const UNKNOWN = { kind: 'unknown', reason: 'OUTCOME_UNKNOWN' } as const;
/** The outcome of a write of which it was said that nothing has happened. */
export const FAILED = { kind: 'failed', reason: 'STORE_UNAVAILABLE' } as const;

/** Records a read: a strong one, if not told otherwise. */
export function read(
  at: Between,
  manifest: Observed | null,
  changes: Partial<ReadOperation> = {},
): void {
  const defaults = {
    via: 'get',
    strong: true,
    minVersion: 0,
    showDeleted: false,
    ageMs: 0,
  } as const;
  const outcome = { kind: 'ok', manifest } as const;
  operations.push({ kind: 'read', ...timed(at), ...defaults, outcome, ...changes });
}

/** What makes a read a weak one, through a replica of its own or through that one. */
export const weak = (ageMs: number, replica?: string): Partial<ReadOperation> => ({
  strong: false,
  ageMs,
  ...(replica === undefined ? {} : { replica }),
});

/** A history of all that is recorded by `record`. */
export function known(good: boolean, title: string, record: () => void): KnownHistory {
  operations = [];
  record();
  return { title, good, history: { seed: 0, operations } };
}

/** Records `count` acknowledged writes, of versions `from` on, at 10 ms each from `at` on. */
export function writes(count: number, from: number, at: number): void {
  for (let i = 0; i < count; i++) {
    const marker = 1_000 + from + i;
    register([at + 10 * i, at + 10 * i + 5], { marker }, wrote(from + i, marker));
  }
}
