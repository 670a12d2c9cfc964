import type {
  History,
  Observed,
  Operation,
  ReadOperation,
  RegisterInput,
  RegisterOperation,
} from './history.ts';

/** A history whose verdict is known beforehand. */
export interface KnownHistory {
  readonly title: string;
  readonly good: boolean;
  readonly history: History;
}

type Between = readonly [invoked: number, returned: number];

/** The manifest of version `version`, written with row count `marker`. */
export function shown(version: number, marker: number, changes: Partial<Observed> = {}): Observed {
  return {
    datasetId: 'id',
    version,
    marker,
    fingerprint: 'f',
    labels: {},
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
  outcome: RegisterOperation['outcome'],
  changes: Partial<RegisterOperation> = {},
): void {
  const defaults = {
    fingerprint: 'f',
    labels: null,
    requestId: '',
    expectedEtag: '',
    validateOnly: false,
  };
  const full = { ...defaults, ...input };
  operations.push({ kind: 'register', ...timed(at), input: full, outcome, ...changes });
}

/** The answer to a write that made this version. */
export function wrote(version: number, marker: number, changes: Partial<Observed> = {}) {
  const manifest = shown(version, marker, changes);
  return { kind: 'ok', existing: version > 1, replayed: false, version, manifest } as const;
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
  const defaults = { via: 'get', strong: true, minVersion: 0, ageMs: 0 } as const;
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
