import { ErrTooBusy } from './errors.ts';

/**
 * A lock per key: tasks of one key run one after another in the order in which they came, tasks of
 * different keys do not wait for each other (R5).
 */
export class KeyLock {
  readonly #tails = new Map<string, Promise<void>>();
  /** How many tasks of a key run or wait. */
  readonly #ofKey = new Map<string, number>();
  readonly #maxTasks: number;
  readonly #maxOfKey: number;
  #tasks = 0;

  /**
   * @param maxTasks how many tasks may run or wait at once, all keys together.
   * @param maxOfKey how many of one key: a busy key must not take the places of all others.
   */
  constructor(maxTasks: number, maxOfKey = maxTasks) {
    this.#maxTasks = maxTasks;
    this.#maxOfKey = maxOfKey;
  }

  /**
   * Runs a task when all earlier ones of the key have ended, however they ended.
   *
   * @param admitted called at once, if the task has got a place.
   * @throws {ErrTooBusy} at once, if too many tasks run or wait already.
   */
  async run<T>(key: string, task: () => Promise<T>, admitted?: () => void): Promise<T> {
    const ofKey = this.#ofKey.get(key) ?? 0;
    if (this.#tasks >= this.#maxTasks) throw new ErrTooBusy('writes', this.#tasks);
    if (ofKey >= this.#maxOfKey) throw new ErrTooBusy('writes of the name', ofKey);
    this.#tasks++;
    this.#ofKey.set(key, ofKey + 1);
    admitted?.();
    const before = this.#tails.get(key);
    const { promise: done, resolve: release } = Promise.withResolvers<void>();
    this.#tails.set(key, done);
    try {
      await before;
      return await task();
    } finally {
      this.#tasks--;
      const left = (this.#ofKey.get(key) ?? 1) - 1;
      if (left > 0) this.#ofKey.set(key, left);
      else this.#ofKey.delete(key);
      if (this.#tails.get(key) === done) this.#tails.delete(key);
      release();
    }
  }

  /** Resolves when every task that runs or waits now has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#tails.values());
  }
}
