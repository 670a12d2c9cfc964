import { StoreUnavailableError } from '../store/errors.ts';
import { backoffMs } from './manifest-writer.ts';
import { RehydrateError } from './rehydrate-error.ts';
import type { Log, Runtime } from './runtime.ts';

/**
 * Repeats a read while the store fails, but no longer than that after its first failure.
 *
 * @throws {RehydrateError} if the store goes on failing.
 */
export async function retried<T>(
  { runtime, log }: { readonly runtime: Runtime; readonly log: Log },
  withinMs: number,
  read: () => Promise<T>,
): Promise<T> {
  let until = Number.POSITIVE_INFINITY;
  for (let tries = 0; ; tries++) {
    try {
      return await read();
    } catch (cause) {
      if (!(cause instanceof StoreUnavailableError)) throw cause;
      if (tries === 0) until = runtime.monotonic() + withinMs;
      const waitMs = 10 * backoffMs(tries, runtime.random());
      if (runtime.monotonic() + waitMs >= until) {
        throw new RehydrateError(
          `the catalog was not loaded: its store does not answer: ${cause.message}`,
          [],
          { cause },
        );
      }
      log.warn(
        { err: cause, waitMs: Math.round(waitMs) },
        'the store does not answer; trying again',
      );
      await runtime.sleep(waitMs);
    }
  }
}
