import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry as Metrics } from 'prom-client';
import type { Registry } from '../catalog/registry.ts';
import type { CallObserver } from '../rpc/chain.ts';
import type { StoreObserver } from '../store/metered.ts';

/** What Prometheus scrapes. */
export interface ServiceMetrics {
  /** Counts an ended call. */
  readonly call: CallObserver;
  /** Counts an ended call of the store. */
  readonly store: StoreObserver;
  /** Shows the size and age of a registry's index, and what is in quarantine, from now on. */
  watch(registry: Registry): void;
  /** The MIME type of {@link render}. */
  readonly contentType: string;
  /** All metrics in the Prometheus text format. */
  render(): Promise<string>;
}

/** From what memory and disk take to what a slow object store does. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

/** The metrics of one service, with those of the process and its event loop. */
export function createMetrics(): ServiceMetrics {
  const metrics = new Metrics();
  const registers = [metrics];
  collectDefaultMetrics({ register: metrics });
  const calls = new Counter({
    name: 'catalogd_calls_total',
    help: 'Calls that have ended, by method, gRPC code and reason (empty for OK).',
    labelNames: ['method', 'code', 'reason'],
    registers,
  });
  const callSeconds = new Histogram({
    name: 'catalogd_call_seconds',
    help: 'Duration of calls, in seconds.',
    labelNames: ['method'],
    buckets: SECONDS,
    registers,
  });
  const storeCalls = new Counter({
    name: 'catalogd_store_calls_total',
    help: 'Calls of the store, by kind and outcome. A put that ends as precondition_failed is a lost race, one that ends as unknown is followed up.',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const storeSeconds = new Histogram({
    name: 'catalogd_store_seconds',
    help: 'Duration of calls of the store, in seconds.',
    labelNames: ['kind'],
    buckets: SECONDS,
    registers,
  });
  return {
    call(method, code, reason, seconds) {
      calls.inc({ method, code, reason });
      callSeconds.observe({ method }, seconds);
    },
    store(kind, outcome, seconds) {
      storeCalls.inc({ kind, outcome });
      storeSeconds.observe({ kind }, seconds);
    },
    watch(registry) {
      gauge(metrics, 'catalogd_index_manifests', 'Datasets in the index.', () => registry.size);
      gauge(
        metrics,
        'catalogd_watchers',
        'Streams of WatchManifests that are open.',
        () => registry.watchers,
      );
      gauge(
        metrics,
        'catalogd_quarantined_manifests',
        'Manifests that could not be read at the start nor since, with --quarantine.',
        () => registry.quarantined.length,
      );
      gauge(
        metrics,
        'catalogd_index_age_seconds',
        'How old the index is at most; 0 where no other replica can write, NaN while it is loading.',
        () => (registry.ageMs ?? Number.NaN) / 1_000,
      );
    },
    contentType: metrics.contentType,
    render: () => metrics.metrics(),
  };
}

function gauge(metrics: Metrics, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [metrics],
    collect() {
      this.set(read());
    },
  });
}
