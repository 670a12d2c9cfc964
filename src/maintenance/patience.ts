import { backoffMs } from '../catalog/manifest-writer.ts';
import type { Runtime } from '../catalog/runtime.ts';
import { StoreUnavailableError } from '../store/errors.ts';

/** What waiting needs. */
export type Waiting = Pick<Runtime, 'monotonic' | 'random' | 'sleep'>;

/** Repeats what a store could not do for a passing reason, for a limited time in all. */
export class Patience {
  readonly #runtime: Waiting;
  /** Without the time since `#since`. */
  #leftMs: number;
  /** How many wait now, and since when somebody has, without a break. */
  #waiting = 0;
  #since = 0;

  /** @param withinMs for how long there may be waits in all, in milliseconds; those at once count once. */
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
    const runtime = this.#runtime;
    const waitMs = 10 * backoffMs(tries, runtime.random());
    if (this.#waiting === 0) this.#since = runtime.monotonic();
    if (runtime.monotonic() - this.#since + waitMs > this.#leftMs) return false;
    this.#waiting++;
    await runtime.sleep(waitMs);
    this.#waiting--;
    if (this.#waiting === 0) this.#leftMs -= runtime.monotonic() - this.#since;
    return true;
  }
}
