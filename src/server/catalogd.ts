import type { ConnectRouter } from '@connectrpc/connect';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionV1Alpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { Health } from '../../gen/health/v1/health_pb.ts';
import { type AuthSettings, isConfigured, openGate } from '../auth/open.ts';
import type { Change } from '../catalog/call.ts';
import { KeyLock } from '../catalog/key-lock.ts';
import type { Progress } from '../catalog/progress.ts';
import { Registry } from '../catalog/registry.ts';
import type { Rehydrated } from '../catalog/rehydrate.ts';
import { createFacade } from '../facade/facade.ts';
import { Admission } from '../rpc/admission.ts';
import { CallLimiter } from '../rpc/call-limiter.ts';
import { type CatalogMethods, catalogMethods } from '../rpc/catalog-service.ts';
import { catalogRoutes } from '../rpc/connect-routes.ts';
import { unaryRoutes } from '../rpc/unary-routes.ts';
import { protobufViews } from '../rpc/views.ts';
import { meteredStore } from '../store/metered.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { AuditLog } from './audit/audit-log.ts';
import { type CatalogdLimits, limitsOf } from './catalogd-limits.ts';
import { addressesOf, refuseAdminExposure, refuseExposure } from './exposure.ts';
import { healthRoutes } from './health.ts';
import type { Log } from './log.ts';
import { accessLog } from './logging/access-log.ts';
import { limitedLog } from './logging/limited-log.ts';
import { createMetrics, type ServiceMetrics } from './metrics/metrics.ts';
import { probed } from './probed.ts';
import { Readiness } from './readiness.ts';
import { reflectionRoutes } from './reflection.ts';
import { startServer } from './server.ts';
import { StoreWatch } from './store-watch.ts';
import { systemRuntime } from './system-runtime.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';
import { followTlsFiles } from './tls-reload.ts';
import type { ClientAuth } from './tls-server.ts';
import type { Tracing } from './tracing/tracing.ts';

/** Everything there is to decide about a catalogd. */
export interface CatalogdOptions {
  /** How callers are told apart, and what they may do. Default: everybody may do everything. */
  readonly auth?: AuthSettings;
  /** URL of the store: `file:DIR`, `s3://bucket/prefix?...` or `memory:`. */
  readonly store: string;
  /** Where to listen; port 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  /** TLS on that port; absent: plain text. */
  readonly tls?: (TlsFiles & { readonly clientAuth: ClientAuth }) | undefined;
  /** Whether to listen beyond loopback even without TLS and authentication. Default false. */
  readonly insecure?: boolean;
  /** A port of their own for the probes and metrics; absent: they are on the port above. */
  readonly adminListen?: { readonly host: string; readonly port: number } | undefined;
  /** Whether that one may be beyond loopback. Default false. */
  readonly adminInsecure?: boolean;
  /** The absolute URI that relative keys of data objects are resolved against. */
  readonly dataRoot?: string | undefined;
  /**
   * Whether this is the only replica on a store whose conditions are not to be relied on. Without
   * effect on stores that lock others out by themselves.
   */
  readonly exclusive: boolean;
  /**
   * Whether to serve what can be read where some manifests cannot: calls on their names fail, and
   * listings name them as unreadable. Default false: not to serve at all.
   */
  readonly quarantine?: boolean;
  /** Whether plain unary gRPC calls take the fast lane. Default true. */
  readonly fastLane?: boolean;
  /** The pause between two refreshes of the index from a shared store, in milliseconds. */
  readonly refreshIntervalMs: number;
  /** How long deleted datasets can be undeleted, in milliseconds; absent: until they are purged. */
  readonly tombstoneRetentionMs?: number | undefined;
  /**
   * How long the end waits before it begins, in milliseconds; default 0. Meanwhile all is served, and the
   * probes say not ready, so that load balancers stop sending calls. Without effect before it was ready.
   */
  readonly shutdownDelayMs?: number;
  /** The pause between two looks whether a checkpoint is due, in milliseconds; absent: none is written. */
  readonly checkpointIntervalMs?: number | undefined;
  /** How long calls in flight may take to finish at the end, in milliseconds. */
  readonly drainTimeoutMs: number;
  /** How long passing faults of the store are retried while the catalog loads, in milliseconds. */
  readonly startTimeoutMs: number;
  /**
   * After how long without the store the process is not ready any more, in milliseconds. Default
   * 30,000.
   */
  readonly unreadyAfterMs?: number;
  /** The share of calls, from 0 to 1, that are logged though nobody has to look at them. Default 0. */
  readonly accessLog?: number;
  /** The audit log: the path of a file, or `-` for the standard output; absent: none. */
  readonly auditLog?: string | undefined;
  /** What makes spans; absent: none are made. */
  readonly tracing?: Tracing | undefined;
  /** The version that the metrics show. Default: none. */
  readonly version?: string;
  /** What callers may take. Default: that of each. */
  readonly limits?: Partial<CatalogdLimits>;
  readonly log: Log;
}

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
  const admission = new Admission(gate, log, monotonic);
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
    lock: new KeyLock(limits.maxWrites, limits.maxWritesPerName),
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
    ageMs: () => registry.ageMs,
    boundMs: options.unreadyAfterMs ?? DEFAULT_UNREADY_AFTER_MS,
  });
  let audit: AuditLog | undefined;
  try {
    audit = await openAuditLog(options.auditLog, { log, readiness, metrics });
    const { changedByItself: onOwnChange } = audit ?? {};
    const plainMethods = catalogMethods({
      registry,
      admission,
      log,
      defaultTimeoutMs: limits.defaultTimeoutMs,
      limiter: new CallLimiter(limits.calls),
      began: metrics.callBegan,
      observe: metrics.call,
      onChange: audit?.changed,
      onDenied: audit?.denied,
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
    const ready = load(
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

/**
 * The addresses to listen on, once it is certain that they may be.
 *
 * @throws {ExposureError}
 */
/** Whether nobody can call without having proved who it is, unless the policy lets anonymous do it. */
function hasAuthentication({ auth = {}, tls }: CatalogdOptions): boolean {
  return isConfigured({ ...auth, clientCertificates: tls?.clientCa !== undefined });
}

async function whereToListen(options: CatalogdOptions) {
  const { host, port, tls, insecure = false, adminListen, adminInsecure = false } = options;
  const addresses = await addressesOf(host);
  refuseExposure({
    host,
    addresses,
    tls: tls !== undefined,
    auth: hasAuthentication(options),
    insecure,
  });
  // By its address, or the name could come to mean another one meanwhile.
  const main = { host: addresses[0] ?? host, port };
  if (adminListen === undefined) return main;
  const ofAdmin = await addressesOf(adminListen.host);
  const admin = { host: adminListen.host, addresses: ofAdmin };
  refuseAdminExposure({ ...admin, insecure: insecure || adminInsecure });
  return { ...main, admin: { host: ofAdmin[0] ?? adminListen.host, port: adminListen.port } };
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

function allRoutes(methods: CatalogMethods, readiness: Readiness) {
  const services = [CatalogService, Health, ServerReflection, ServerReflectionV1Alpha];
  const catalog = catalogRoutes(methods);
  const health = healthRoutes(
    readiness,
    services.map(({ typeName }) => typeName),
  );
  const reflection = reflectionRoutes(services);
  return (router: ConnectRouter) => {
    catalog(router);
    health(router);
    reflection(router);
  };
}

/** What the loading of the catalog needs. */
interface Loading {
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

async function load(loading: Loading, signal: AbortSignal): Promise<Rehydrated> {
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
    log.info({ ...rehydrated }, 'the catalog is loaded');
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
function keepsCheckpoint(
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

/** Waits for a promise, but no longer than that. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
