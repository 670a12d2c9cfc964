import type { CatalogObserver } from './observer.ts';
import type { Log } from './runtime.ts';
import {
  type WriteCheckpointParts,
  type WrittenCheckpoint,
  writeCheckpoint,
} from './write-checkpoint.ts';

/** The share of the manifests that a start may have to read before a new checkpoint is due: a 50th. */
const STALE_SHARE = 50;
/** Of the time while a checkpoint is written, callers have at least two thirds. */
const PACE = 2;

/** The parts a {@link Checkpointer} works with. */
interface CheckpointerParts extends WriteCheckpointParts {
  readonly log: Log;
  readonly observer: CatalogObserver;
}

/** Decides when a checkpoint is written. */
export class Checkpointer {
  readonly #parts: CheckpointerParts;
  /** The count of changes as it was when the last checkpoint began. */
  #from: number;
  #writing: Promise<unknown> = Promise.resolve();

  /** @param stale how many manifests the checkpoint of the start did not have. */
  constructor(parts: CheckpointerParts, stale: number) {
    this.#parts = parts;
    this.#from = parts.index.changes - stale;
  }

  /** Writes one whenever enough has changed, until the signal fires. */
  async run(intervalMs: number, signal: AbortSignal): Promise<void> {
    const { runtime } = this.#parts;
    while (!signal.aborted) {
      await this.#writeIfDue(PACE, signal);
      // Jittered, so that replicas which were started together do not go on together.
      await runtime.sleep(intervalMs * (0.75 + runtime.random() / 2), signal);
    }
  }

  /**
   * Writes a last one if enough has changed, as fast as it can.
   *
   * @param signal cuts it off; what is written by then is good.
   */
  async finish(signal: AbortSignal): Promise<void> {
    await this.#writing;
    await this.#writeIfDue(0, signal);
  }

  /**
   * Writes one now.
   *
   * @throws {StoreError} if the store fails.
   */
  async write(pace = 0, signal?: AbortSignal): Promise<WrittenCheckpoint> {
    const { index, runtime, log, observer } = this.#parts;
    const [began, from] = [runtime.monotonic(), index.changes];
    const tookMs = () => runtime.monotonic() - began;
    try {
      const written = await writeCheckpoint(this.#parts, pace, signal);
      this.#from = from;
      log.info({ ...written, tookMs: Math.round(tookMs()) }, 'a checkpoint was written');
      observer.checkpointed?.('ok', tookMs() / 1_000, written.datasets);
      return written;
    } catch (error) {
      observer.checkpointed?.(signal?.aborted ? 'cut_off' : 'failed', tookMs() / 1_000, 0);
      throw error;
    }
  }

  async #writeIfDue(pace: number, signal: AbortSignal): Promise<void> {
    const { index, log, limits } = this.#parts;
    const changes = index.changes - this.#from;
    if (index.size < limits.worthIt || changes * STALE_SHARE < index.size) return;
    const writing = this.write(pace, signal).catch((err) => {
      if (signal.aborted) log.debug({ err }, 'a checkpoint was cut off');
      else log.warn({ err }, 'a checkpoint could not be written; the next start takes longer');
    });
    this.#writing = writing;
    await writing;
  }
}
