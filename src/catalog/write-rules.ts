import type { Manifest } from '../manifest/manifest.ts';
import type { SchemaChange } from '../schema/compatibility.ts';
import type { WriteCall } from './call.ts';
import type { Entry, ViewCodec } from './entry.ts';
import type { CatalogError } from './errors.ts';

/** What a writing method makes of the state of a name, once every common check has passed. */
export type Plan =
  | { readonly kind: 'refuse'; readonly error: CatalogError }
  /** The call succeeds and there is nothing to write. */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'write';
      /** What the answer says, and a replay repeats: whether the dataset was there before. */
      readonly existing: boolean;
      readonly content: Content;
      /** How the schema changes, where both are known. */
      readonly changes?: readonly SchemaChange[] | undefined;
    };

/** What the next version of a manifest says. Its name, id, version and times follow by rule. */
export interface Content
  extends Pick<
    Manifest,
    'schemaFingerprint' | 'objects' | 'rowCount' | 'labels' | 'schema' | 'formerFingerprints'
  > {
  /** Whether the dataset begins anew: its time of creation is that of this version. */
  readonly createdNow?: boolean;
  /** Whether the version is a tombstone: deleted now, or still. */
  readonly deleted?: 'now' | 'still';
  /** A fingerprint which this version replaces: it goes to the former ones. */
  readonly replaces?: string;
}

/** The rules of one writing method. Everything else about writing is the same for all of them. */
export interface WriteRules<C extends WriteCall> {
  /** The name of the RPC, as it is recorded with a write. */
  readonly method: string;
  /**
   * What the call asks for besides its name, in one form for one meaning: tells a repeated call from
   * another one with the same request id (R14).
   */
  canonical(call: C): readonly unknown[];
  /** The state whose etag is expected; `undefined` where there is none that counts. */
  subject(current: Entry | undefined): Entry | undefined;
  /** Whether a replay shows a deleted dataset too. */
  readonly showsDeleted: boolean;
  /** What to do on that state, whose etag is the expected one. */
  plan(call: C, current: Entry | undefined, codec: ViewCodec): Plan;
}

/** A refusal as a plan. */
export function refuse(error: CatalogError): Plan {
  return { kind: 'refuse', error };
}
