import type { ListHints, PutMode, PutResult, Store, StoredObject } from '../../src/store/store.ts';

/** A call of the store, about to be made. */
export interface StoreCall {
  readonly kind: 'get' | 'put' | 'list' | 'delete';
  readonly key: string;
  /** Makes the call on the store beneath. A fault may call it late, or not at all. */
  readonly pass: () => Promise<unknown>;
}

/** Stands between a call and the store: answers it, fails it, delays it. */
export type Fault = (call: StoreCall) => Promise<unknown>;

/** A store whose calls can go wrong: the next ones as `faults` say, in order; then all is well. */
export class FaultyStore implements Store {
  readonly #store: Store;
  readonly url: string;
  readonly rootUri: string | undefined;
  readonly exclusive: boolean;
  /** Every call that came in. */
  readonly calls: string[] = [];
  /** What happens to coming puts. */
  putFaults: Fault[] = [];
  /** What happens to coming gets. */
  getFaults: Fault[] = [];
  /** What happens to every call that meets no other fault. */
  always: Fault = ({ pass }) => pass();

  constructor(store: Store) {
    this.#store = store;
    this.url = store.url;
    this.rootUri = store.rootUri;
    this.exclusive = store.exclusive;
  }

  get(key: string) {
    const fault = this.getFaults.shift() ?? this.always;
    return this.#call('get', key, fault, () => this.#store.get(key)) as Promise<
      StoredObject | undefined
    >;
  }

  put(key: string, body: Uint8Array, mode: PutMode) {
    const fault = this.putFaults.shift() ?? this.always;
    return this.#call('put', key, fault, () =>
      this.#store.put(key, body, mode),
    ) as Promise<PutResult>;
  }

  async *list(prefix: string, hints?: ListHints) {
    await this.#call('list', prefix, this.always, async () => undefined);
    yield* this.#store.list(prefix, hints);
  }

  delete(key: string) {
    return this.#call('delete', key, this.always, () => this.#store.delete(key)) as Promise<void>;
  }

  close() {
    return this.#store.close();
  }

  #call(kind: StoreCall['kind'], key: string, fault: Fault, pass: () => Promise<unknown>) {
    this.calls.push(`${kind} ${key}`);
    return fault({ kind, key, pass });
  }
}

/** The call is made, and its answer replaced by an error. */
export function failAfter(error: Error): Fault {
  return async ({ pass }) => {
    await pass();
    throw error;
  };
}

/** The call is not made. */
export function failBefore(error: Error): Fault {
  return async () => {
    throw error;
  };
}
