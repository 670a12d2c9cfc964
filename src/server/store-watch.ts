import type { Log, Runtime } from '../catalog/runtime.ts';
import type { EndedStoreCall, StoreOutcome } from '../store/metered.ts';
import { PROBE_PREFIX } from '../store/probe.ts';
import type { Store } from '../store/store.ts';
import type { Readiness } from './readiness.ts';

/** The parts a {@link StoreWatch} works with. */
export interface StoreWatchParts {
  readonly store: Store;
  readonly readiness: Readiness;
  readonly runtime: Runtime;
  readonly log: Log;
  /** How much older than usual the index is, in milliseconds; 0 where nobody else writes. */
  readonly overdueMs: () => number;
  /** After how long without the store the process is not ready any more, in milliseconds. */
  readonly boundMs: number;
}

/** Looks within one bound: how late a look may notice that it is over. */
const LOOKS_PER_BOUND = 10;
const MIN_PAUSE_MS = 100;
/** Between two tries to write while writes fail. */
const MAX_PAUSE_MS = 2_000;

/** Bytes of what is written to try: a full disk often still takes an empty file. */
const TRIAL_BYTES = 4_096;

/** With these the store has answered, and would have written had the condition held. */
const ANSWERED: ReadonlySet<StoreOutcome> = new Set(['ok', 'precondition_failed', 'collision']);

/**
 * Says when the store has been away for too long, and when it is back. Reads go on from memory
 * meanwhile, with their age shown; but a replica whose index has been overdue for longer than the bound,
 * or that has not been able to write for as long, had better leave the calls to others, if there are any.
 *
 * Whoever is not ready is sent no calls, so that it would never learn from them that the store is back:
 * as long as writes fail, it tries one by itself.
 */
export class StoreWatch {
  readonly #parts: StoreWatchParts;
  readonly #trialKey: string;
  #writesFailSince: number | undefined;

  constructor(parts: StoreWatchParts) {
    this.#parts = parts;
    this.#trialKey = `${PROBE_PREFIX}writable-${parts.runtime.uuid()}`;
  }

  /** To be told of every call of the store. */
  readonly observe = ({ kind, outcome }: EndedStoreCall): void => {
    if (kind !== 'put') return;
    if (ANSWERED.has(outcome)) this.#writesFailSince = undefined;
    else this.#writesFailSince ??= this.#parts.runtime.monotonic();
  };

  /** Looks again and again until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { runtime, boundMs } = this.#parts;
    const pauseMs = Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, boundMs / LOOKS_PER_BOUND));
    while (!signal.aborted) {
      await this.look();
      await runtime.sleep(pauseMs, signal);
    }
  }

  /** Looks once: tries to write if that has failed, and tells the readiness what is too long ago. */
  async look(): Promise<void> {
    const { runtime, boundMs, overdueMs } = this.#parts;
    if (this.#writesFailSince !== undefined) await this.#tryToWrite();
    const seconds = boundMs / 1_000;
    const stale = overdueMs() > boundMs;
    this.#tell(
      'index',
      stale,
      `the index has been overdue for more than ${seconds} s, for the store does not answer`,
    );
    const since = this.#writesFailSince;
    const unwritable = since !== undefined && runtime.monotonic() - since > boundMs;
    this.#tell('writes', unwritable, `the store has taken no write for more than ${seconds} s`);
  }

  #tell(source: string, isTrouble: boolean, reason: string): void {
    const { readiness, log } = this.#parts;
    const { state } = readiness.status;
    readiness.trouble(source, isTrouble ? reason : undefined);
    const { state: now } = readiness.status;
    if (state === now) return;
    if (now === 'degraded') log.warn({ reason }, 'not ready: the store is away for too long');
    else if (now === 'ready') log.info({}, 'ready again: the store is back');
  }

  async #tryToWrite(): Promise<void> {
    const { store, log } = this.#parts;
    try {
      // Its success is told to `observe`.
      await store.put(this.#trialKey, new Uint8Array(TRIAL_BYTES), { kind: 'overwrite' });
      await store.delete(this.#trialKey);
    } catch (err) {
      log.debug({ err }, 'the store still takes no write');
    }
  }
}
