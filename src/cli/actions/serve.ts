import { formatHostPort } from '../../client/address.ts';
import { authOf } from '../../config/auth.ts';
import { readSettings } from '../../config/read.ts';
import { SETTINGS } from '../../config/settings.ts';
import { tlsOf } from '../../config/tls.ts';
import type { RunningCatalogd } from '../../server/catalogd.ts';
import type { ExportedTracing } from '../../server/tracing/sdk.ts';
import { EXIT } from '../exit-codes.ts';
import { type Io, OutputClosedError, writeOut } from '../io.ts';
import { createLogger } from '../logger.ts';
import { packageVersion } from '../version.ts';

/** What a shell shows for a process that ended by this signal: 128 + its number. */
const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

/** How long the end may take beyond the drains: to close the listener and the store. */
const CLOSE_MS = 5_000;

/**
 * Carries out `catalogd serve`: runs until a signal ends it.
 *
 * @returns the exit code.
 * @throws {ConfigError} if a setting is wrong.
 * @throws whatever kept the service from starting or the catalog from loading.
 */
export async function serve(flags: Record<string, unknown>, io: Io): Promise<number> {
  const { listen, dataRoot, logLevel, tls, tokens, oidc, policy, tracing, ...settings } =
    await readSettings(SETTINGS, {
      flags,
      env: io.env,
    });
  const { shutdownDelayMs, drainTimeoutMs } = settings;
  let traceFields = (): object => ({});
  const mixin = () => traceFields();
  const log = createLogger({ level: logLevel, env: io.env, mixin }, io.stderr);

  // From here on a signal waits for the service, so that one during the start stops it in order, too.
  const stopSignal = Promise.withResolvers<void>();
  let signals = 0;
  const ignoreSignals = io.onStopSignal((signal) => {
    signals += 1;
    if (signals > 1) {
      log.warn({ signal }, 'second signal: exiting at once');
      io.exit(EXIT_BY_SIGNAL[signal]);
      return;
    }
    log.info(
      { signal, shutdownDelayMs, drainTimeoutMs },
      'stopping: finishing the calls in flight',
    );
    stopSignal.resolve();
  });

  let exported: ExportedTracing | undefined;
  try {
    if (tracing || isExporterSet(io)) {
      const sdk = await import('../../server/tracing/sdk.ts');
      exported = await sdk.startTracing(packageVersion(), log);
      traceFields = exported.logFields;
    }
    const { startCatalogd } = await import('../../server/catalogd.ts');
    const running = await startCatalogd({
      ...settings,
      ...listen,
      tls: tlsOf(tls),
      auth: authOf({ tokens, oidc, policy }),
      ...(dataRoot === undefined ? {} : { dataRoot }),
      version: packageVersion(),
      tracing: exported,
      log,
    });
    // Awaited below, but it may reject sooner.
    running.ready.catch(() => {});
    // After the delay calls are drained, then what they have left under way at the store; then comes a
    // checkpoint.
    const boundMs = shutdownDelayMs + 3 * drainTimeoutMs + CLOSE_MS;
    const stopped = () => withinMs(running.stop(), boundMs);
    try {
      await untilStopped(running, stopSignal.promise, io);
    } catch (error) {
      // Why it did not start counts, not how the end of that went.
      await stopped().catch((err: unknown) => log.error({ err }, 'cannot stop'));
      throw error;
    }
    await stopped();
  } finally {
    await exported?.stop();
    ignoreSignals();
  }
  // Whoever should read what was printed may not: the process would wait for that for ever.
  await withinMs(announce(io, ''), UNREAD_MS).catch(() => io.exit(EXIT.ok));
  return EXIT.ok;
}

/** How long what was printed may take to be read once the service has ended. */
const UNREAD_MS = 1_000;

/** Whether the environment asks for spans (OpenTelemetry specification, "Exporter Selection"). */
function isExporterSet({ env }: Io): boolean {
  const exporter = env.OTEL_TRACES_EXPORTER ?? '';
  return exporter !== '' && exporter !== 'none';
}

/**
 * Says where the service is and when it is ready, and waits for the signal: for that alone, since what is
 * said may find a reader that has stopped reading, and would never be out.
 *
 * @throws whatever kept the catalog from loading.
 */
async function untilStopped(running: RunningCatalogd, stop: Promise<void>, io: Io): Promise<void> {
  await Promise.race([Promise.all([announceAll(running, stop, io), running.ready]), stop]);
  await stop;
}

async function announceAll(running: RunningCatalogd, stop: Promise<void>, io: Io): Promise<void> {
  await announce(
    io,
    `catalogd ${packageVersion()} listens on ${formatHostPort(running)} and stores in ${running.storeUrl}\n`,
  );
  if (running.admin !== undefined) {
    await announce(io, `catalogd has its probes and metrics on ${formatHostPort(running.admin)}\n`);
  }
  const loaded = await Promise.race([running.ready, stop]);
  if (loaded === undefined) return;
  const { manifests } = loaded;
  await announce(
    io,
    `catalogd is ready with ${manifests} ${manifests === 1 ? 'manifest' : 'manifests'}\n`,
  );
}

/** Prints. A service goes on when nobody reads what it prints. */
async function announce(io: Io, line: string): Promise<void> {
  try {
    await writeOut(io.stdout, line);
  } catch (error) {
    if (!(error instanceof OutputClosedError)) {
      throw error;
    }
  }
}

/** @throws {Error} if it takes longer. */
async function withinMs(work: Promise<void>, ms: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`the service did not stop within ${ms} ms`)),
    ms,
  );
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
