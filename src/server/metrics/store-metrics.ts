import { Counter, Histogram, type Registry as Metrics } from 'prom-client';
import type { StoreObserver } from '../../store/metered.ts';
import { SECONDS } from './buckets.ts';

/** Adds the metrics of the calls of the store to those that are scraped, and tells what counts them. */
export function storeMetrics(metrics: Metrics): StoreObserver {
  const registers = [metrics];
  const calls = new Counter({
    name: 'catalogd_store_calls_total',
    help: 'Calls of the store, by kind and outcome. A put that ends as precondition_failed is a lost race, one that ends as unknown is followed up.',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'catalogd_store_call_duration_seconds',
    help: 'Duration of calls of the store, in seconds, by kind and outcome. A list counts once, with all of its pages and the time of its reader.',
    labelNames: ['kind', 'outcome'],
    buckets: [...SECONDS],
    registers,
  });
  const bytes = new Counter({
    name: 'catalogd_store_bytes_total',
    help: 'Bytes of the contents of objects that were read (get) and written (put), by kind.',
    labelNames: ['kind'],
    registers,
  });
  return ({ kind, outcome, seconds, bytes: moved }) => {
    calls.inc({ kind, outcome });
    durations.observe({ kind, outcome }, seconds);
    if (moved > 0) bytes.inc({ kind }, moved);
  };
}
