/** One object of a dataset. Every put of an object in a history has a size of its own. */
export interface DataFile {
  readonly key: string;
  readonly size: number;
  /** Row count; {@link UNSET}: not known. */
  readonly rows: number;
}

/** A row count that is not set. */
export const UNSET = -1;

/** What every call that writes asks for. */
interface Conditions {
  /** Empty: not given. */
  readonly requestId: string;
  /** Empty: not given. */
  readonly expectedEtag: string;
  readonly validateOnly: boolean;
}

export interface RegisterInput extends Conditions {
  readonly method: 'register';
  readonly fingerprint: string;
  /** The row count: no two calls of a history give the same. */
  readonly marker: number;
  readonly objects: readonly DataFile[];
  /** `null`: not given. */
  readonly labels: Readonly<Record<string, string>> | null;
}

export interface EvolveInput extends Conditions {
  readonly method: 'evolve';
  readonly from: string;
  readonly to: string;
  readonly marker: number;
  readonly objects: readonly DataFile[];
}

export interface UpdateInput extends Conditions {
  readonly method: 'update';
  readonly fingerprint: string;
  readonly put: readonly DataFile[];
  readonly remove: readonly string[];
  /** The row count; {@link UNSET}: not given, so that it follows from those of the objects. */
  readonly marker: number;
}

export interface DeleteInput extends Conditions {
  readonly method: 'delete' | 'purge';
  readonly allowMissing: boolean;
}

export interface UndeleteInput extends Conditions {
  readonly method: 'undelete';
}

/**
 * What a call that writes asked for. Calls that are equal in all of it, but for `validateOnly`, are
 * one call.
 */
export type WriteInput = RegisterInput | EvolveInput | UpdateInput | DeleteInput | UndeleteInput;

export type Method = WriteInput['method'];

export const METHODS = ['register', 'evolve', 'update', 'delete', 'undelete', 'purge'] as const;

/** A call with nothing given that need not be. */
export const UNCONDITIONAL: Conditions = { requestId: '', expectedEtag: '', validateOnly: false };
