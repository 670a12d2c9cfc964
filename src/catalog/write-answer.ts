import type { SchemaChange } from '../schema/compatibility.ts';
import type { Entry } from './entry.ts';

/** What a call that writes comes to. */
export interface WriteAnswer {
  /** The manifest as the call left it; if replayed, as it is now, if there is anything to show. */
  readonly entry: Entry | undefined;
  /** Whether the dataset was there before. */
  readonly existing: boolean;
  readonly replayed: boolean;
  /** The version which the call wrote, or would write; 0 if there is nothing to write. */
  readonly version: bigint;
  /** How the schema changed, where that is known. */
  readonly changes?: readonly SchemaChange[] | undefined;
}
