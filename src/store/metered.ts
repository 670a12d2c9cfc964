import {
  KeyCollisionError,
  OutcomeUnknownError,
  PreconditionFailedError,
  StoreUnavailableError,
} from './errors.ts';
import { factsOf } from './facts.ts';
import type { Store } from './store.ts';

/** What a call of a store came to. */
export type StoreOutcome =
  | 'ok'
  | 'missing'
  | 'precondition_failed'
  | 'unavailable'
  | 'unknown'
  | 'collision'
  | 'error';

/** A call of a store that has ended. */
export interface EndedStoreCall {
  readonly kind: 'get' | 'put' | 'list' | 'delete';
  readonly outcome: StoreOutcome;
  /** How long it took. */
  readonly seconds: number;
  /** Of the content that was read or, if it was, written. */
  readonly bytes: number;
}

/** Told of every call of a store when it has ended. */
export type StoreObserver = (call: EndedStoreCall) => void;

/**
 * The same store, with every call told to an observer when it has ended. A listing counts once,
 * however many pages it takes, and its time includes that of its reader.
 *
 * @param monotonic a clock that never goes back, in milliseconds.
 */
export function meteredStore(store: Store, observe: StoreObserver, monotonic: () => number): Store {
  const metered = async <T>(
    kind: 'get' | 'put' | 'delete',
    call: Promise<T>,
    told: (answer: T) => Pick<EndedStoreCall, 'outcome' | 'bytes'>,
  ): Promise<T> => {
    const began = monotonic();
    const end = (outcome: StoreOutcome, bytes: number) =>
      observe({ kind, outcome, bytes, seconds: (monotonic() - began) / 1_000 });
    try {
      const answer = await call;
      const { outcome, bytes } = told(answer);
      end(outcome, bytes);
      return answer;
    } catch (error) {
      end(outcomeOfError(error), 0);
      throw error;
    }
  };
  return {
    ...factsOf(store),
    get: (key) =>
      metered('get', store.get(key), (object) => ({
        outcome: object ? 'ok' : 'missing',
        bytes: object?.body.length ?? 0,
      })),
    put: (key, body, mode) =>
      metered('put', store.put(key, body, mode), () => ({ outcome: 'ok', bytes: body.length })),
    delete: (key) => metered('delete', store.delete(key), () => ({ outcome: 'ok', bytes: 0 })),
    async *list(prefix, hints) {
      const began = monotonic();
      let outcome: StoreOutcome = 'ok';
      try {
        yield* store.list(prefix, hints);
      } catch (error) {
        outcome = outcomeOfError(error);
        throw error;
      } finally {
        observe({ kind: 'list', outcome, bytes: 0, seconds: (monotonic() - began) / 1_000 });
      }
    },
    close: () => store.close(),
  };
}

function outcomeOfError(error: unknown): StoreOutcome {
  if (error instanceof PreconditionFailedError) return 'precondition_failed';
  if (error instanceof StoreUnavailableError) return 'unavailable';
  if (error instanceof OutcomeUnknownError) return 'unknown';
  return error instanceof KeyCollisionError ? 'collision' : 'error';
}
