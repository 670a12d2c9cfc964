import { OutcomeUnknownError, StoreUnavailableError } from '../store/errors.ts';
import { probeStore } from '../store/probe.ts';
import type { Store } from '../store/store.ts';
import type { Log } from './log.ts';
import { systemRuntime } from './system-runtime.ts';

/** The pause after a probe that the store did not answer. */
const PAUSE_MS = 1_000;

/**
 * Probes a store that is to be shared, again after passing faults.
 *
 * @throws {ProbeError} if the store lacks a property.
 * @throws {StoreUnavailableError} {@link OutcomeUnknownError} if it does not answer within the time.
 */
export async function probed(store: Store, withinMs: number, log: Log): Promise<void> {
  const { monotonic, uuid, sleep } = systemRuntime;
  const began = monotonic();
  for (;;) {
    try {
      await probeStore(store, uuid());
      log.info({ tookMs: Math.round(monotonic() - began) }, 'the store proved fit to be shared');
      return;
    } catch (err) {
      const passing = err instanceof StoreUnavailableError || err instanceof OutcomeUnknownError;
      if (!passing || monotonic() - began + PAUSE_MS > withinMs) throw err;
      log.warn({ err }, 'the store could not be probed; trying again');
      await sleep(PAUSE_MS);
    }
  }
}
