import { openGate } from '../auth/open.ts';
import { Registry } from '../catalog/registry.ts';
import type { Rehydrated } from '../catalog/rehydrate.ts';
import { createFacade } from '../facade/facade.ts';
import { Admission } from '../rpc/admission.ts';
import { CallLimiter } from '../rpc/call-limiter.ts';
import { catalogMethods } from '../rpc/catalog-service.ts';
import { unaryRoutes } from '../rpc/unary-routes.ts';
import { protobufViews } from '../rpc/views.ts';
import { WriteGovernor } from '../rpc/write-governor.ts';
import { meteredStore } from '../store/metered.ts';
import { openStore } from '../store/open.ts';
import { allRoutes } from './all-routes.ts';
import { AuditLog } from './audit/audit-log.ts';
import { limitsOf } from './catalogd-limits.ts';
import type { CatalogdOptions } from './catalogd-options.ts';
import { keepsCheckpoint, loadCatalog } from './load-catalog.ts';
import type { Log } from './log.ts';
import { accessLog } from './logging/access-log.ts';
import { limitedLog } from './logging/limited-log.ts';
import { watchLoopDelay } from './loop-delay.ts';
import { createMetrics, type ServiceMetrics } from './metrics/metrics.ts';
import { Readiness } from './readiness.ts';
import { startServer } from './server.ts';
import { StoreWatch } from './store-watch.ts';
import { systemRuntime } from './system-runtime.ts';
import { readTlsFiles } from './tls-files.ts';
import { followTlsFiles } from './tls-reload.ts';
import { whereToListen } from './where-to-listen.ts';

/** A catalogd that listens. */
export interface RunningCatalogd {
  /** The address listened on. */
  readonly host: string;
  readonly port: number;
  /** The address of the probes and metrics, where they have a port of their own. */
  readonly admin: { readonly host: string; readonly port: number } | undefined;
  /** The store, fit to be printed. */
  readonly storeUrl: string;
  /** Resolves when the catalog is loaded; until then calls are answered with NOT_READY. */
  readonly ready: Promise<Rehydrated>;
  /** Waits the delay, finishes what is in flight, within the bound, and lets go of the port and the store. */
  stop(): Promise<void>;
}

/** The pause between two looks at the TLS files. */
const TLS_RELOAD_MS = 10_000;

/**
 * Long enough that a store which fails over or throttles for some seconds does not take every replica
 * out at once, reads included, for all of them share it; short enough to be noticed.
 */
const DEFAULT_UNREADY_AFTER_MS = 30_000;

/**
 * Puts the parts together and starts them: first the listener, so that probes are answered, then
 * the loading of the catalog.
 *
 * @throws {ExposureError} if it would listen where that has not been said to be safe.
 * @throws {TlsFileError} if the TLS files cannot be used.
 * @throws {BadFile} if a file of policy, tokens or keys cannot be used.
 * @throws {AuditLogError} if the audit log cannot be opened.
 * @throws {StoreConfigError} if the store cannot be opened as configured.
 * @throws {ListenError} if the port cannot be listened on.
 */
export async function startCatalogd(options: CatalogdOptions): Promise<RunningCatalogd> {
  const { drainTimeoutMs } = options;
  const where = await whereToListen(options);
  const material = options.tls && (await readTlsFiles(options.tls));
  const metrics = createMetrics(options.version ?? '');
  const { monotonic } = systemRuntime;
  const stopping = new AbortController();
  const { suppressed } = metrics;
  const log = limitedLog(options.log, {
    runtime: systemRuntime,
    suppressed,
    ending: stopping.signal,
  });
  const gate = await openGate(
    { ...options.auth, clientCertificates: options.tls?.clientCa !== undefined },
    {
      log,
      nowMs: () => Number(systemRuntime.now() / 1_000n),
      monotonic,
      sleep: systemRuntime.sleep,
      signal: stopping.signal,
    },
  );
  const { tracing } = options;
  const bare = await openStore(options.store);
  const opened = tracing?.store(bare) ?? bare;
  const store = meteredStore(
    opened,
    (call) => {
      metrics.store(call);
      storeWatch.observe(call);
    },
    monotonic,
  );
  const shared = !store.exclusive && !options.exclusive;
  const limits = limitsOf(options.limits);
  const registry = new Registry({
    store,
    codec: protobufViews,
    runtime: systemRuntime,
    log,
    shared,
    conditional: store.exclusive || shared,
    dataRoot: options.dataRoot,
    observer: tracing ? { ...metrics.catalog, step: tracing.step } : metrics.catalog,
    writes: limits.writes,
    watch: { maxWatchers: limits.maxWatchers },
  });
  metrics.watch(registry);
  const readiness = new Readiness();
  metrics.watchReadiness(readiness);
  const storeWatch = new StoreWatch({
    store,
    readiness,
    runtime: systemRuntime,
    log,
    overdueMs: () => registry.overdueMs,
    boundMs: options.unreadyAfterMs ?? DEFAULT_UNREADY_AFTER_MS,
  });
  let audit: AuditLog | undefined;
  try {
    audit = await openAuditLog(options.auditLog, { log, readiness, metrics });
    const { changedByItself: onOwnChange, denied } = audit ?? {};
    const admission = new Admission(gate, log, monotonic, {
      unauthenticated: metrics.door.unauthenticated,
      denied(denial) {
        metrics.door.denied(denial);
        void denied?.(denial);
      },
      refusedFirst: metrics.callRefused,
    });
    const governor = new WriteGovernor({
      monotonic,
      loopDelayMs: watchLoopDelay(monotonic),
      maxPuts: limits.writes.maxInFlight,
    });
    const plainMethods = catalogMethods({
      registry,
      admission,
      log,
      defaultTimeoutMs: limits.defaultTimeoutMs,
      limiter: new CallLimiter(limits.calls, governor),
      limited: metrics.door.limited,
      began: metrics.callBegan,
      observe: metrics.call,
      onChange: audit?.changed,
      access: accessLog(options.log, options.accessLog ?? 0, systemRuntime.random),
      monotonic,
    });
    const methods = tracing?.methods(plainMethods) ?? plainMethods;
    const routes = allRoutes(methods, readiness);
    const facade = createFacade({ methods, admission, log });
    const { fastLane = true } = options;
    const lane = fastLane ? unaryRoutes(methods) : undefined;
    const parts = { routes, lane, facade, admission, readiness, metrics, log };
    const tls = options.tls && material && { material, clientAuth: options.tls.clientAuth };
    const server = await startServer({ ...where, tls, limits: limits.server, ...parts });
    metrics.watchServer(server.load);
    if (options.tls !== undefined && material !== undefined) {
      const following = { current: material, intervalMs: TLS_RELOAD_MS, runtime: systemRuntime };
      const onChange = server.renewTls;
      void followTlsFiles(options.tls, { ...following, log, onChange }, stopping.signal);
    }
    const stop = async () => {
      const served = readiness.isReady;
      readiness.set('draining', 'the server is shutting down');
      if (served) await systemRuntime.sleep(options.shutdownDelayMs ?? 0);
      stopping.abort();
      await server.drain(drainTimeoutMs);
      await within(drainTimeoutMs, registry.idle());
      if (keepsCheckpoint(store, options)) {
        const cutOff = AbortSignal.timeout(drainTimeoutMs);
        await within(drainTimeoutMs, registry.lastCheckpoint(cutOff));
      }
      await store.close();
      await audit?.close();
    };
    const ready = loadCatalog(
      { store, shared, registry, readiness, storeWatch, metrics, onOwnChange, options, log },
      stopping.signal,
    );
    // Whoever started the process awaits `ready`; a stop before that must not leave it unhandled.
    ready.catch(() => {});
    const { host, port } = server;
    const admin = server.admin && { host: server.admin.address, port: server.admin.port };
    return { host, port, admin, storeUrl: store.url, ready, stop };
  } catch (error) {
    stopping.abort();
    await store.close();
    await audit?.close();
    throw error;
  }
}

/** The audit log, if one is wanted. */
async function openAuditLog(
  target: string | undefined,
  parts: { readonly log: Log; readonly readiness: Readiness; readonly metrics: ServiceMetrics },
): Promise<AuditLog | undefined> {
  if (target === undefined) return undefined;
  const { log, readiness, metrics } = parts;
  const { stdout } = process;
  const audit = await AuditLog.open({
    ...{ target, stdout, log, readiness },
    runtime: systemRuntime,
    events: metrics.audit,
  });
  metrics.watchAudit(() => audit.pending);
  return audit;
}

/** Waits for a promise, but no longer than that. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
