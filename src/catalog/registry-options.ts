import type { Store } from '../store/store.ts';
import type { ViewCodec } from './entry.ts';
import type { KeyLock } from './key-lock.ts';
import type { CatalogObserver } from './observer.ts';
import type { Log, Runtime } from './runtime.ts';
import type { WatchLimits } from './watch/watches.ts';
import type { CheckpointLimits } from './write-checkpoint.ts';
import type { WriteLimits } from './write-limits.ts';

/** What a registry is made of. */
export interface RegistryOptions {
  readonly store: Store;
  readonly codec: ViewCodec;
  readonly runtime: Runtime;
  readonly log: Log;
  /**
   * Whether other processes may write to the same store. If so, only what the store says now is
   * believed of a name that is absent or whose state refuses a write (R16).
   */
  readonly shared: boolean;
  /** Whether the store honours conditions on puts. Default true; if not, `shared` must not be. */
  readonly conditional?: boolean;
  /** Where relative keys of data objects are; default: the store's root. */
  readonly dataRoot?: string | undefined;
  /** Bounds of writes. Default: see {@link WriteLimits}. */
  readonly writes?: Partial<WriteLimits>;
  /** Orders the writes of a name. Default: a lock per name, bounded as `writes` says. */
  readonly lock?: KeyLock;
  /** How often a write may lose the race for its name before it gives up. Default 16. */
  readonly maxLostRaces?: number;
  /** How long to find out what became of a put, in milliseconds. Default 30,000. */
  readonly settleWithinMs?: number;
  /** Told of what the catalog does. Default: nobody is. */
  readonly observer?: CatalogObserver;
  /** How checkpoints are written. Default: see {@link CheckpointLimits}. */
  readonly checkpoint?: Partial<CheckpointLimits>;
  /** What watchers may take. Default: see {@link WatchLimits}. */
  readonly watch?: Partial<WatchLimits>;
}
