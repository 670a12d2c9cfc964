import {
  KeyCollisionError,
  OutcomeUnknownError,
  PreconditionFailedError,
  StoreUnavailableError,
} from './errors.ts';
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

/** Told of every call of a store: which, what it came to, and how long it took, in seconds. */
export type StoreObserver = (
  kind: 'get' | 'put' | 'list' | 'delete',
  outcome: StoreOutcome,
  seconds: number,
) => void;

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
    outcomeOf: (answer: T) => StoreOutcome = () => 'ok',
  ): Promise<T> => {
    const began = monotonic();
    const end = (outcome: StoreOutcome) => observe(kind, outcome, (monotonic() - began) / 1_000);
    try {
      const answer = await call;
      end(outcomeOf(answer));
      return answer;
    } catch (error) {
      end(outcomeOfError(error));
      throw error;
    }
  };
  const otherEtagForm = store.otherEtagForm?.bind(store);
  return {
    url: store.url,
    rootUri: store.rootUri,
    ...(store.rootAliases === undefined ? {} : { rootAliases: store.rootAliases }),
    exclusive: store.exclusive,
    ...(otherEtagForm === undefined ? {} : { otherEtagForm }),
    get: (key) => metered('get', store.get(key), (object) => (object ? 'ok' : 'missing')),
    put: (key, body, mode) => metered('put', store.put(key, body, mode)),
    delete: (key) => metered('delete', store.delete(key)),
    async *list(prefix) {
      const began = monotonic();
      let outcome: StoreOutcome = 'ok';
      try {
        yield* store.list(prefix);
      } catch (error) {
        outcome = outcomeOfError(error);
        throw error;
      } finally {
        observe('list', outcome, (monotonic() - began) / 1_000);
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
