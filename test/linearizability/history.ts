/** A manifest as an answer or the bucket showed it, as far as the checks look at it. */
export interface Observed {
  readonly datasetId: string;
  readonly version: number;
  /** The row count: every write of a history has one of its own, so it names the write. */
  readonly marker: number;
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly etag: string;
  /** Microseconds since 1970, as decimal text: JSON has no integers of that size. */
  readonly createdAt: string;
  readonly updatedAt: string;
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

/** What a register asked for. Calls that are equal in all of it, but for `validateOnly`, are one call. */
export interface RegisterInput {
  readonly fingerprint: string;
  readonly marker: number;
  /** `null`: not given. */
  readonly labels: Readonly<Record<string, string>> | null;
  /** Empty: not given. */
  readonly requestId: string;
  /** Empty: not given. */
  readonly expectedEtag: string;
  readonly validateOnly: boolean;
}

/** Answers that say why a register did nothing: they tell of the state as much as a read does. */
export type Refusal = 'ETAG_MISMATCH' | 'FINGERPRINT_CONFLICT' | 'REQUEST_ID_REUSED';

/** Known not to have happened, or not known. */
export type Lost =
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export type RegisterOutcome =
  | {
      readonly kind: 'ok';
      readonly existing: boolean;
      readonly replayed: boolean;
      readonly version: number;
      readonly manifest: Observed | null;
    }
  | {
      readonly kind: 'refused';
      readonly reason: Refusal;
      readonly metadata: Readonly<Record<string, string>>;
    }
  | Lost;

export interface RegisterOperation extends Timed {
  readonly kind: 'register';
  readonly input: RegisterInput;
  readonly outcome: RegisterOutcome;
}

export interface ReadOperation extends Timed {
  readonly kind: 'read';
  /** How the name was read. A batch or a page of a list is one read of each of its names. */
  readonly via: 'get' | 'batch' | 'list' | 'bucket';
  readonly strong: boolean;
  /** 0: any. */
  readonly minVersion: number;
  /** How old the index was at most, in milliseconds, as the answer said. */
  readonly ageMs: number;
  readonly outcome:
    | { readonly kind: 'ok'; readonly manifest: Observed | null }
    /** The version asked for with `minVersion` does not exist. */
    | { readonly kind: 'below' }
    | Lost;
}

export type Operation = RegisterOperation | ReadOperation;

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

/** An operation in one line, for whoever has to find out what went wrong. */
export function describe(operation: Operation): string {
  const { id, client, replica, name, invoked, returned, outcome } = operation;
  const when = `${invoked.toFixed(1)}..${returned.toFixed(1)}`;
  const what =
    operation.kind === 'register'
      ? `register ${JSON.stringify(operation.input)}`
      : `${operation.strong ? 'strong' : 'weak'} ${operation.via} min=${operation.minVersion} age=${operation.ageMs}`;
  return `[${when}] #${id} ${client}@${replica} ${name}: ${what} -> ${JSON.stringify(outcome)}`;
}
