import {
  Counter,
  type CounterConfiguration,
  Gauge,
  Histogram,
  type Registry as Metrics,
} from 'prom-client';
import type { CatalogObserver } from '../../catalog/observer.ts';
import type { Registry } from '../../catalog/registry.ts';
import { SECONDS } from './buckets.ts';
import { gauge } from './gauge.ts';

/** Adds the metrics of the catalog's own work to those that are scraped, and tells what counts it. */
export function catalogMetrics(metrics: Metrics): CatalogObserver {
  const counter = <L extends string>(config: Omit<CounterConfiguration<L>, 'registers'>) =>
    new Counter({ ...config, registers: [metrics] });
  const lostRaces = counter({
    name: 'catalogd_lost_races_total',
    help: 'Writes that were overtaken by another replica and decided anew.',
  });
  const undecided = counter({
    name: 'catalogd_undecided_writes_total',
    help: 'Writes that were sent and whose outcome could not be told for some time.',
  });
  const settled = counter({
    name: 'catalogd_settled_writes_total',
    help: 'Of the undecided writes, those that were decided later.',
  });
  const refreshes = counter({
    name: 'catalogd_index_refreshes_total',
    help: 'Refreshes of the index from a shared store, by outcome (ok, failed).',
    labelNames: ['outcome'],
  });
  const refreshSeconds = new Histogram({
    name: 'catalogd_index_refresh_duration_seconds',
    help: 'Duration of refreshes of the index, in seconds, whatever their outcome.',
    buckets: [...SECONDS],
    registers: [metrics],
  });
  const putsOfSeveral = counter({
    name: 'catalogd_group_commits_total',
    help: 'Puts that held several writes of one dataset, which had come while an earlier one was under way.',
  });
  const writtenTogether = counter({
    name: 'catalogd_group_commit_writes_total',
    help: 'Writes that these puts held.',
  });
  const checkpoints = counter({
    name: 'catalogd_checkpoints_total',
    help: 'Checkpoints, by outcome (ok, failed, cut_off by the end of the process).',
    labelNames: ['outcome'],
  });
  const checkpointSeconds = new Histogram({
    name: 'catalogd_checkpoint_duration_seconds',
    help: 'How long checkpoints took to write, in seconds, with the pauses that leave time to calls.',
    buckets: [...SECONDS],
    registers: [metrics],
  });
  const inCheckpoint = new Gauge({
    name: 'catalogd_checkpoint_manifests',
    help: 'Datasets in the last checkpoint that this process has written; 0 until then.',
    registers: [metrics],
  });
  const events = counter({
    name: 'catalogd_watch_events_total',
    help: 'Events handed to watchers, by kind.',
    labelNames: ['kind'],
  });
  const coalesced = counter({
    name: 'catalogd_watch_coalesced_total',
    help: 'Changes that a watcher was told of together with an earlier one of the same name.',
  });
  const dropped = counter({
    name: 'catalogd_watch_dropped_total',
    help: 'Watchers that were ended because they did not keep up.',
  });
  return {
    lostRace: () => lostRaces.inc(),
    undecided: () => undecided.inc(),
    settled: () => settled.inc(),
    wroteTogether(writes) {
      putsOfSeveral.inc();
      writtenTogether.inc(writes);
    },
    checkpointed(outcome, seconds, datasets) {
      checkpoints.inc({ outcome });
      checkpointSeconds.observe(seconds);
      if (outcome === 'ok') inCheckpoint.set(datasets);
    },
    refreshed(ok, seconds) {
      refreshes.inc({ outcome: ok ? 'ok' : 'failed' });
      refreshSeconds.observe(seconds);
    },
    watchEvent: (kind) => events.inc({ kind }),
    watchCoalesced: () => coalesced.inc(),
    watchDropped: () => dropped.inc(),
  };
}

/** Adds what a registry shows at the time it is scraped. */
export function registryMetrics(metrics: Metrics, registry: Registry): void {
  gauge(metrics, 'catalogd_index_manifests', 'Datasets in the index.', () => registry.size);
  gauge(
    metrics,
    'catalogd_index_age_seconds',
    'How old the index is at most; 0 where no other replica can write, NaN while it is loading.',
    () => (registry.ageMs ?? Number.NaN) / 1_000,
  );
  gauge(
    metrics,
    'catalogd_index_overdue_seconds',
    'How much older the index is than its refreshes usually make it: the store keeps them from being complete.',
    () => registry.overdueMs / 1_000,
  );
  gauge(
    metrics,
    'catalogd_undecided_names',
    'Names with a write of which it cannot be told for now what became of it: each call on one asks the store.',
    () => registry.undecided,
  );
  gauge(
    metrics,
    'catalogd_quarantined_manifests',
    'Manifests that could not be read at the start nor since, with --quarantine.',
    () => registry.quarantined.length,
  );
  gauge(
    metrics,
    'catalogd_watchers',
    'Streams of WatchManifests that are open.',
    () => registry.watchers,
  );
}
