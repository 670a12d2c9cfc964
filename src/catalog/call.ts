import type { DataObject } from '../manifest/manifest.ts';
import type { LeftBecause } from './errors.ts';

/** What is known of whoever waits for an answer. */
export interface Caller {
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Why not, once it has fired. */
  leftBecause(): LeftBecause;
}

/** A call of RegisterManifest, in the catalog's own terms. */
export interface RegisterCall {
  readonly name: string;
  readonly schemaFingerprint: string;
  readonly objects: readonly DataObject[];
  readonly rowCount?: bigint | undefined;
  /** Absent: the labels stay as they are. */
  readonly labels?: ReadonlyMap<string, string> | undefined;
  /** Empty: not given. */
  readonly expectedEtag: string;
  /** Empty: not given. */
  readonly requestId: string;
  readonly validateOnly: boolean;
}
