import type { Change } from '../catalog/call.ts';
import type { Progress } from '../catalog/progress.ts';
import type { Registry } from '../catalog/registry.ts';
import type { Rehydrated } from '../catalog/rehydrate.ts';
import type { Store } from '../store/store.ts';
import type { CatalogdOptions } from './catalogd-options.ts';
import type { Log } from './log.ts';
import type { ServiceMetrics } from './metrics/metrics.ts';
import { probed } from './probed.ts';
import type { Readiness } from './readiness.ts';
import type { StoreWatch } from './store-watch.ts';

/** What the loading of the catalog needs. */
export interface Loading {
  readonly store: Store;
  readonly shared: boolean;
  readonly registry: Registry;
  readonly readiness: Readiness;
  readonly storeWatch: StoreWatch;
  readonly metrics: ServiceMetrics;
  /** Told of what the service changes by itself. */
  readonly onOwnChange: ((change: Change) => Promise<void>) | undefined;
  readonly options: CatalogdOptions;
  readonly log: Log;
}

/**
 * Probes the store, loads the catalog, and sets going what keeps it current until the signal fires.
 *
 * @throws whatever keeps it from loading; the readiness then says that it has failed.
 */
export async function loadCatalog(loading: Loading, signal: AbortSignal): Promise<Rehydrated> {
  const { store, shared, registry, readiness, storeWatch, metrics } = loading;
  const { onOwnChange, options, log } = loading;
  const { startTimeoutMs, refreshIntervalMs, tombstoneRetentionMs } = options;
  const { quarantine = false } = options;
  try {
    if (shared) await probed(store, startTimeoutMs, log);
    const onProgress = (progress: Progress) => {
      metrics.loading(progress);
      readiness.set('starting', howFar(progress));
    };
    const how = { withinMs: startTimeoutMs, quarantine, onProgress };
    const rehydrated = await registry.rehydrate(how);
    // What a checkpoint has saved is worth a line; the number alone is announced anyway.
    const level = rehydrated.fromCheckpoint > 0 ? 'info' : 'debug';
    log[level]({ ...rehydrated }, 'the catalog is loaded');
    const alone = !store.exclusive && !shared;
    if (alone) log.warn({ store: store.url }, EXCLUSIVE);
    const { length: damaged } = registry.quarantined;
    const limits = [alone ? EXCLUSIVE : '', damaged === 0 ? '' : quarantineOf(damaged)];
    readiness.set('ready', limits.filter((limit) => limit !== '').join('; '));
    if (shared) {
      log.info(
        { refreshIntervalMs, listRequestsPerDay: listsPerDay(rehydrated, refreshIntervalMs) },
        'following other replicas by listing the store',
      );
    }
    void registry.follow(refreshIntervalMs, signal);
    void storeWatch.run(signal);
    if (tombstoneRetentionMs !== undefined) {
      void registry.retain(tombstoneRetentionMs, signal, onOwnChange);
    }
    if (keepsCheckpoint(store, options)) {
      void registry.keepCheckpoint(options.checkpointIntervalMs, signal);
    }
    return rehydrated;
  } catch (error) {
    readiness.set('failed', 'the catalog cannot be loaded; the log says why');
    throw error;
  }
}

/** How far the loading has come, for the probes. */
function howFar({ listed, total, read, perSecond, secondsLeft }: Progress): string {
  if (total === undefined) return `the catalog is loading: ${listed} manifests found so far`;
  const left = secondsLeft === undefined ? '' : `, about ${secondsLeft} s left`;
  return `the catalog is loading: ${read} of ${total} manifests to read, ${perSecond} per second${left}`;
}

/** Whether there is a next start to be made faster. */
export function keepsCheckpoint(
  store: Store,
  options: CatalogdOptions,
): options is CatalogdOptions & { readonly checkpointIntervalMs: number } {
  return options.checkpointIntervalMs !== undefined && store.url !== 'memory:';
}

/** What is given up with --exclusive, for the log and the probes. */
const EXCLUSIVE =
  'exclusive: no other replica may run on this store, and a write of unknown outcome may undo a later one';

/** What is given up with --quarantine, if there is anything, for the probes. */
function quarantineOf(damaged: number): string {
  return `quarantine: started without ${damaged} ${damaged === 1 ? 'manifest' : 'manifests'} that could not be read; calls on them fail, and listings name them as unreadable`;
}

/** LIST requests of 1,000 keys each: what following costs where requests are paid for. */
function listsPerDay({ manifests }: Rehydrated, intervalMs: number): number {
  return Math.ceil((86_400_000 / intervalMs) * Math.max(1, Math.ceil(manifests / 1_000)));
}
