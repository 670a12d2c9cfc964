import type { DataFile, WriteInput } from './input.ts';

/** A manifest as an answer or the bucket showed it, as far as the checks look at it. */
export interface Observed {
  readonly datasetId: string;
  readonly version: number;
  /** The row count; -1: not set. It names the write that gave it, for no two give the same. */
  readonly marker: number;
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  /** In the order shown; `null`: left out. */
  readonly objects: readonly DataFile[] | null;
  readonly objectCount: number;
  readonly totalSize: number;
  /** The former fingerprints, oldest first, each as `fingerprint@version` with what replaced it. */
  readonly formers: readonly string[];
  readonly etag: string;
  /** Microseconds since 1970, as decimal text: JSON has no integers of that size. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** `null` while the dataset lives. */
  readonly deletedAt: string | null;
}

/** What every operation has. Times are milliseconds on the one clock of the process that recorded them. */
interface Timed {
  readonly id: number;
  readonly client: string;
  /** The replica's number and incarnation, for example `1#3`: a restart makes a new one. */
  readonly replica: string;
  readonly name: string;
  readonly invoked: number;
  readonly returned: number;
}

/** Answers that say why a call did nothing: they tell of the state as much as a read does. */
export const REFUSALS = [
  'ETAG_MISMATCH',
  'FINGERPRINT_CONFLICT',
  'REQUEST_ID_REUSED',
  'MANIFEST_NOT_FOUND',
  'OBJECT_NOT_FOUND',
  'MANIFEST_EXISTS',
  'NOT_DELETED',
] as const;

export type Refusal = (typeof REFUSALS)[number];

/** Known not to have happened, or not known. */
export type Lost =
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export type WriteOutcome =
  | {
      readonly kind: 'ok';
      /** Of a register. */
      readonly existing?: boolean;
      readonly replayed: boolean;
      /** 0: there was nothing to do. */
      readonly version: number;
      readonly manifest: Observed | null;
    }
  | {
      readonly kind: 'refused';
      readonly reason: Refusal;
      readonly metadata: Readonly<Record<string, string>>;
    }
  | Lost;

export interface WriteOperation extends Timed {
  readonly kind: 'write';
  readonly input: WriteInput;
  readonly outcome: WriteOutcome;
}

export interface ReadOperation extends Timed {
  readonly kind: 'read';
  /** How the name was read. A batch or a page of a list is one read of each of its names. */
  readonly via: 'get' | 'batch' | 'list' | 'bucket';
  readonly strong: boolean;
  /** 0: any. */
  readonly minVersion: number;
  /** Whether a deleted dataset is shown, too. */
  readonly showDeleted: boolean;
  /** How old the index was at most, in milliseconds, as the answer said. */
  readonly ageMs: number;
  readonly outcome:
    | { readonly kind: 'ok'; readonly manifest: Observed | null }
    /** The version asked for with `minVersion` does not exist. */
    | { readonly kind: 'below' }
    | Lost;
}

export type Operation = WriteOperation | ReadOperation;

/** All that clients did and saw in one run. */
export interface History {
  readonly seed: number;
  readonly operations: readonly Operation[];
}

/** The operations of each name. */
export function byName(operations: readonly Operation[]): Map<string, Operation[]> {
  return Map.groupBy(operations, ({ name }) => name);
}

/** What an operation showed of its name, if it showed a manifest. */
export function shownBy({ outcome }: Operation): Observed | null {
  return outcome.kind === 'ok' ? outcome.manifest : null;
}

/** Whether the operation shows what would be, not what is: an answer to `validate_only`. */
export function isPreview(operation: Operation): boolean {
  return operation.kind === 'write' && operation.input.validateOnly;
}

/** Whether the operation wrote a version of its own, as its answer says. */
export function hasWritten(
  operation: Operation,
): operation is WriteOperation & { readonly outcome: { readonly kind: 'ok' } } {
  if (operation.kind === 'read' || operation.outcome.kind !== 'ok') return false;
  const { replayed, version } = operation.outcome;
  return !replayed && version > 0 && !operation.input.validateOnly;
}

/** An operation in one line, for whoever has to find out what went wrong. */
export function describe(operation: Operation): string {
  const { id, client, replica, name, invoked, returned, outcome } = operation;
  const when = `${invoked.toFixed(1)}..${returned.toFixed(1)}`;
  return `[${when}] #${id} ${client}@${replica} ${name}: ${asked(operation)} -> ${JSON.stringify(outcome)}`;
}

function asked(operation: Operation): string {
  if (operation.kind === 'write') {
    const { method, ...rest } = operation.input;
    return `${method} ${JSON.stringify(rest)}`;
  }
  const { strong, via, minVersion, showDeleted, ageMs } = operation;
  const how = `${strong ? 'strong' : 'weak'} ${via}${showDeleted ? ' show_deleted' : ''}`;
  return `${how} min=${minVersion} age=${ageMs}`;
}
