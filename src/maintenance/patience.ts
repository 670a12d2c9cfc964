import { backoffMs } from '../catalog/manifest-writer.ts';
import type { Runtime } from '../catalog/runtime.ts';
import { StoreUnavailableError } from '../store/errors.ts';

/** What waiting needs. */
export type Waiting = Pick<Runtime, 'monotonic' | 'random' | 'sleep'>;

/** Repeats what a store could not do for a passing reason, for a limited time in all. */
export class Patience {
  readonly #runtime: Waiting;
  #leftMs: number;

  /** @param withinMs how long all waits may take together, in milliseconds. */
  constructor(runtime: Waiting, withinMs: number) {
    this.#runtime = runtime;
    this.#leftMs = withinMs;
  }

  /**
   * Does the work, and again while the store does not answer.
   *
   * @throws {StoreUnavailableError} when patience is at its end.
   */
  async retry<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || !(await this.wait(tries))) throw error;
      }
    }
  }

  /**
   * Waits before another try: longer each time, up to 2.5 s.
   *
   * @param tries how many tries there have been, less one.
   * @returns false, at once, if patience is at its end.
   */
  async wait(tries: number): Promise<boolean> {
    const waitMs = 10 * backoffMs(tries, this.#runtime.random());
    if (waitMs > this.#leftMs) return false;
    this.#leftMs -= waitMs;
    await this.#runtime.sleep(waitMs);
    return true;
  }
}
