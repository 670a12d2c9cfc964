import type { Entry } from '../entry.ts';

/** What a watcher is told. */
export type WatchEvent =
  /** The dataset exists and is as its entry says. */
  | { readonly kind: 'put'; readonly entry: Entry; readonly resumeToken: string }
  /** It does not exist, or no longer: deleted by that version, 0 if there is no trace of it. */
  | {
      readonly kind: 'removed';
      readonly name: string;
      readonly version: bigint;
      readonly resumeToken: string;
    }
  /** Everything that was there at the beginning has been told, but for the names which cannot be read. */
  | {
      readonly kind: 'synced';
      readonly unreadable: readonly string[];
      readonly resumeToken: string;
    }
  /** Everything told before is void; all of it follows. */
  | { readonly kind: 'reset'; readonly resumeToken: string }
  /** Nothing has happened for a while; the index is no older than that, in milliseconds. */
  | { readonly kind: 'heartbeat'; readonly indexAgeMs: number; readonly resumeToken: string };

/** The token of events before `synced`: what was told so far is nothing to go on from. */
export const NO_TOKEN = '';
