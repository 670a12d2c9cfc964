import type { DataObject } from '../manifest/manifest.ts';
import type { LeftBecause } from './errors.ts';
import type { NameScope } from './name-scope.ts';

/** A change of a dataset that a call has made, or may have. */
export interface Change {
  /** As the record of the write names it, for example `RegisterManifest`. */
  readonly method: string;
  readonly name: string;
  /** The version before; 0: there was none. */
  readonly fromVersion: bigint;
  readonly toVersion: bigint;
  /** That of the call; empty: it had none. */
  readonly requestId: string;
  /** `done`: it is durable. `unknown`: it was sent, and nothing tells what became of it. */
  readonly outcome: 'done' | 'unknown';
}

/** What is known of whoever waits for an answer. */
export interface Caller {
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Why not, once it has fired. */
  leftBecause(): LeftBecause;
  /** The names that exist for it: of the others it learns nothing, and no store is asked. */
  readonly reads: NameScope;
  /**
   * Told of a change that this call has made, whether or not it still waits: once it is durable, before
   * it is answered, in the order of the versions of a name. The answer waits for it. Never rejects.
   */
  onChange?(change: Change): Promise<void>;
}

/** What every call that writes has. */
export interface WriteCall {
  readonly name: string;
  /** Empty: not given. */
  readonly expectedEtag: string;
  /** Empty: not given. */
  readonly requestId: string;
  readonly validateOnly: boolean;
}

/** A call of RegisterManifest, in the catalog's own terms. */
export interface RegisterCall extends WriteCall {
  readonly schemaFingerprint: string;
  readonly objects: readonly DataObject[];
  readonly rowCount?: bigint | undefined;
  /** Absent: the labels stay as they are. */
  readonly labels?: ReadonlyMap<string, string> | undefined;
  /** In canonical form. Absent: the one that is known stays. */
  readonly schema?: string | undefined;
}

/** Which readers and writers have to get along while a schema changes. */
export type Compatibility = 'none' | 'backward' | 'forward' | 'full';

/** A call of EvolveSchema. */
export interface EvolveCall extends WriteCall {
  readonly fromFingerprint: string;
  readonly toFingerprint: string;
  /** Of `toFingerprint`, in canonical form. Absent: unknown from then on. */
  readonly schema?: string | undefined;
  readonly objects: readonly DataObject[];
  readonly rowCount?: bigint | undefined;
  readonly compatibility: Compatibility;
}

/** A call of UpdateObjects. */
export interface UpdateObjectsCall extends WriteCall {
  readonly schemaFingerprint: string;
  readonly putObjects: readonly DataObject[];
  readonly removeKeys: readonly string[];
  /** Absent: adjusted where all counts are known. */
  readonly rowCount?: bigint | undefined;
}

/** A call of DeleteManifest or of PurgeManifest. */
export interface DeleteCall extends WriteCall {
  /** Whether there being nothing to delete is no error. */
  readonly allowMissing: boolean;
}

/** A call of UndeleteManifest. */
export type UndeleteCall = WriteCall;
