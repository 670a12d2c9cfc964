/** Mutual exclusion per key, in order of arrival. Different keys do not wait for each other. */
export interface KeyedMutex {
  /** Runs `task` once every task of the same key that came before it has ended. */
  run<T>(key: string, task: () => Promise<T>): Promise<T>;
  /** Resolves when all tasks known now have ended, however they ended. */
  idle(): Promise<void>;
}

/** A {@link KeyedMutex} that keeps nothing for a key nobody waits for. */
export function createKeyedMutex(): KeyedMutex {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run<T>(key: string, task: () => Promise<T>): Promise<T> {
      const before = tails.get(key);
      const result = before === undefined ? task() : before.then(task);
      const tail = result
        .catch(() => undefined)
        .then(() => {
          if (tails.get(key) === tail) tails.delete(key);
        });
      tails.set(key, tail);
      return result;
    },
    async idle() {
      await Promise.all(tails.values());
    },
  };
}
