import { Code } from '@connectrpc/connect';
import { Counter, collectDefaultMetrics, Gauge, Registry as Metrics } from 'prom-client';
import type { CatalogObserver } from '../../catalog/observer.ts';
import type { Progress } from '../../catalog/progress.ts';
import type { Registry } from '../../catalog/registry.ts';
import type { AdmissionObserver } from '../../rpc/admission.ts';
import type { CallObserver } from '../../rpc/chain.ts';
import { statusOf } from '../../rpc/status.ts';
import type { StoreObserver } from '../../store/metered.ts';
import type { LineQueueEvents } from '../audit/line-queue.ts';
import type { ListenerLoad } from '../listener.ts';
import type { Readiness } from '../readiness.ts';
import { CallMetrics } from './call-metrics.ts';
import { catalogMetrics, registryMetrics } from './catalog-metrics.ts';
import { type DoorMetrics, doorMetrics } from './door-metrics.ts';
import { gauge } from './gauge.ts';
import { serverMetrics } from './server-metrics.ts';
import { storeMetrics } from './store-metrics.ts';

/** What Prometheus scrapes. docs/metrics.md lists all of it. */
export interface ServiceMetrics {
  /** Counts a call that begins. */
  readonly callBegan: (rpc: string) => void;
  /** Counts a call that has ended, after it was counted as begun. */
  readonly call: CallObserver;
  /** Counts a call that was refused before it began. */
  readonly callRefused: AdmissionObserver['refusedFirst'];
  /** Counts calls that are refused at the door. */
  readonly door: DoorMetrics;
  /** Counts an ended call of the store. */
  readonly store: StoreObserver;
  /** Counts what the catalog tells. */
  readonly catalog: CatalogObserver;
  /** Counts a line that the log left out, for there were too many like it. */
  readonly suppressed: () => void;
  /** Shows how far the loading of the catalog has come. */
  loading(progress: Progress): void;
  /** Shows what the port is busy with from now on. */
  watchServer(load: () => ListenerLoad): void;
  /** Counts the lines of the audit log. */
  readonly audit: LineQueueEvents;
  /** Shows how many lines of the audit log are not written yet, from now on. */
  watchAudit(pending: () => number): void;
  /** Shows the state of a registry's index from now on. */
  watch(registry: Registry): void;
  /** Shows whether calls are served from now on. */
  watchReadiness(readiness: Readiness): void;
  /** For more of them. */
  readonly metrics: Metrics;
  /** The MIME type of {@link render}. */
  readonly contentType: string;
  /** All metrics in the Prometheus text format. */
  render(): Promise<string>;
}

/**
 * The metrics of one service, with those of the process and its event loop.
 *
 * @param version of catalogd.
 */
export function createMetrics(version: string): ServiceMetrics {
  const metrics = new Metrics();
  const registers = [metrics];
  collectDefaultMetrics({ register: metrics });
  new Gauge({
    name: 'catalogd_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  const suppressed = new Counter({
    name: 'catalogd_log_suppressed_total',
    help: 'Lines that the log left out, for there were too many like them; it says how many of each.',
    registers,
  });
  const loading = new Gauge({
    name: 'catalogd_rehydrate_manifests',
    help: 'Manifests while the catalog is loaded: listed so far, to be read for they are not in the checkpoint, and read of these.',
    labelNames: ['state'],
    registers,
  });
  const auditLines = new Counter({
    name: 'catalogd_audit_lines_total',
    help: 'Lines of the audit log, by outcome: written, or lost because too many were waiting.',
    labelNames: ['outcome'],
    registers,
  });
  const auditFailures = new Counter({
    name: 'catalogd_audit_write_failures_total',
    help: 'Attempts to write to the audit log that failed; what was to be written is kept, up to a bound.',
    registers,
  });
  const calls = new CallMetrics(metrics);
  return {
    callBegan: calls.began,
    call: calls.ended,
    callRefused(rpc, error, seconds) {
      const { code, reason } = statusOf(error);
      calls.began(rpc);
      calls.ended(rpc, Code[code], reason, seconds);
    },
    door: doorMetrics(metrics),
    store: storeMetrics(metrics),
    catalog: catalogMetrics(metrics),
    suppressed: () => suppressed.inc(),
    audit: {
      written: (lines) => auditLines.inc({ outcome: 'written' }, lines),
      failed: () => auditFailures.inc(),
      dropped: () => auditLines.inc({ outcome: 'lost' }),
    },
    watchAudit(pending) {
      const help = 'Lines of the audit log that are waiting to be written.';
      gauge(metrics, 'catalogd_audit_pending_lines', help, pending);
    },
    loading({ listed, total = Number.NaN, read }) {
      loading.set({ state: 'listed' }, listed);
      loading.set({ state: 'to_read' }, total);
      loading.set({ state: 'read' }, read);
    },
    watchServer: (load) => serverMetrics(metrics, load),
    watch: (registry) => registryMetrics(metrics, registry),
    watchReadiness(readiness) {
      const help = 'Whether calls are served: 1, or 0 as long as /readyz says why not.';
      gauge(metrics, 'catalogd_ready', help, () => (readiness.isReady ? 1 : 0));
    },
    metrics,
    contentType: metrics.contentType,
    render: () => metrics.metrics(),
  };
}
