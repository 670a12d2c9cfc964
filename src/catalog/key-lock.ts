import { ErrTooBusy } from './errors.ts';

/**
 * A lock per key: tasks of one key run one after another in the order in which they came, tasks of
 * different keys do not wait for each other (R5).
 */
export class KeyLock {
  readonly #tails = new Map<string, Promise<void>>();
  readonly #maxTasks: number;
  #tasks = 0;

  /** @param maxTasks how many tasks may run or wait at once, all keys together. */
  constructor(maxTasks: number) {
    this.#maxTasks = maxTasks;
  }

  /**
   * Runs a task when all earlier ones of the key have ended, however they ended.
   *
   * @throws {ErrTooBusy} at once, if too many tasks run or wait already.
   */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    if (this.#tasks >= this.#maxTasks) throw new ErrTooBusy(this.#tasks);
    this.#tasks++;
    const before = this.#tails.get(key);
    const { promise: done, resolve: release } = Promise.withResolvers<void>();
    this.#tails.set(key, done);
    try {
      await before;
      return await task();
    } finally {
      this.#tasks--;
      if (this.#tails.get(key) === done) this.#tails.delete(key);
      release();
    }
  }

  /** Resolves when every task that runs or waits now has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#tails.values());
  }
}
