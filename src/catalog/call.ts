import type { DataObject } from '../manifest/manifest.ts';
import type { LeftBecause } from './errors.ts';

/** What is known of whoever waits for an answer. */
export interface Caller {
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Why not, once it has fired. */
  leftBecause(): LeftBecause;
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
