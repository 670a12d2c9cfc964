import { eachListed } from './each-listed.ts';
import {
  OutcomeUnknownError,
  PreconditionFailedError,
  StoreConfigError,
  StoreUnavailableError,
} from './errors.ts';
import type { PutMode, Store } from './store.ts';

/** Where probes write: below the catalog's own place, each under an id of its own. */
export const PROBE_PREFIX = '_catalog/probe/';

/** What a store must do for several replicas to share it. */
export type ProbedProperty =
  | 'read-after-write'
  | 'list-after-write'
  | 'create-refuses-existing'
  | 'replace-accepts-current'
  | 'replace-refuses-stale'
  | 'replace-refuses-missing'
  | 'concurrent-create-has-one-winner'
  | 'concurrent-replace-has-one-winner';

/** The store lacks a property without which replicas would lose writes. */
export class ProbeError extends StoreConfigError {
  readonly property: ProbedProperty;

  constructor(property: ProbedProperty, found: string) {
    super(
      `the store cannot be shared by several replicas: it lacks the property ${property} (${found}). ` +
        'Choose a store with atomic conditional writes and consistent reads and lists, or run one ' +
        'replica alone with --exclusive',
    );
    this.property = property;
  }
}

/** Rivals in each round of the races, and how many rounds there are. */
const RIVALS = 8;
const ROUNDS = 3;
/** How often in a row a store may refuse a conditional put outright before it is taken at its word. */
const REFUSALS = 3;

const CREATE: PutMode = { kind: 'create' };

/**
 * Tries out on the real store, under concurrency, whether it honours the conditions of puts and
 * shows what was written: vendors' names tell nothing, for versions and settings differ. Writes below
 * {@link PROBE_PREFIX} and cleans up. About 80 requests.
 *
 * @param id makes the keys of this probe its own; unique.
 * @throws {ProbeError} naming the property that the store lacks.
 * @throws {StoreUnavailableError} {@link OutcomeUnknownError} if the store fails before it can be told.
 */
export async function probeStore(store: Store, id: string): Promise<void> {
  const prefix = `${PROBE_PREFIX}${id}/`;
  const probe = new Probe(store, prefix);
  try {
    await probe.reads();
    await probe.creates();
    await probe.replaces();
    await probe.createRace();
    await probe.replaceRace();
  } finally {
    await cleanUp(store, prefix);
  }
}

/** Leaves nothing behind where it can; leftovers do no harm. */
async function cleanUp(store: Store, prefix: string): Promise<void> {
  try {
    const keys: string[] = [];
    for await (const { key } of eachListed(store, prefix)) keys.push(key);
    await Promise.all(keys.map((key) => store.delete(key)));
  } catch (error) {
    if (!(error instanceof StoreUnavailableError || error instanceof OutcomeUnknownError)) {
      throw error;
    }
  }
}

class Probe {
  readonly #store: Store;
  readonly #prefix: string;
  #bodies = 0;

  constructor(store: Store, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
  }

  async reads(): Promise<void> {
    const key = `${this.#prefix}read`;
    for (const round of ['first', 'second']) {
      const body = this.#body();
      const { etag } = await this.#store.put(key, body, { kind: 'overwrite' });
      await this.#expect('read-after-write', key, body, `the ${round} write of a key`);
      const listed: string[] = [];
      for await (const object of eachListed(this.#store, this.#prefix)) {
        if (object.key === key) listed.push(object.etag);
      }
      if (listed.length !== 1 || listed[0] !== etag) {
        const found = `after the ${round} write of a key, a list shows ${listed.length} entries of it, not one with the etag of the put`;
        throw new ProbeError('list-after-write', found);
      }
    }
  }

  async creates(): Promise<void> {
    const key = `${this.#prefix}create`;
    const body = this.#body();
    await this.#accepted('create-refuses-existing', key, body, CREATE);
    await this.#refused('create-refuses-existing', key, CREATE);
    await this.#expect('create-refuses-existing', key, body, 'a refused create');
  }

  async replaces(): Promise<void> {
    const key = `${this.#prefix}replace`;
    const { etag: stale } = await this.#store.put(key, this.#body(), { kind: 'overwrite' });
    const body = this.#body();
    await this.#replaceCurrent(key, body, stale);
    await this.#refused('replace-refuses-stale', key, { kind: 'replace', etag: stale });
    await this.#expect('replace-refuses-stale', key, body, 'a refused replace');
    const missing = `${this.#prefix}missing`;
    await this.#refused('replace-refuses-missing', missing, { kind: 'replace', etag: stale });
    if ((await this.#store.get(missing)) !== undefined) {
      throw new ProbeError('replace-refuses-missing', 'an object was created all the same');
    }
  }

  async createRace(): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      const key = `${this.#prefix}create-race-${round}`;
      await this.#race('concurrent-create-has-one-winner', key, CREATE);
    }
  }

  async replaceRace(): Promise<void> {
    const key = `${this.#prefix}replace-race`;
    let { etag } = await this.#store.put(key, this.#body(), { kind: 'overwrite' });
    for (let round = 0; round < ROUNDS; round++) {
      etag = await this.#race('concurrent-replace-has-one-winner', key, { kind: 'replace', etag });
    }
  }

  /** Some stores compare If-Match with the bare etag: the other form is tried before giving up. */
  async #replaceCurrent(key: string, body: Uint8Array, etag: string): Promise<void> {
    const property = 'replace-accepts-current';
    const mode: PutMode = { kind: 'replace', etag };
    try {
      await this.#put(property, key, body, mode);
    } catch (error) {
      const other = error instanceof PreconditionFailedError && this.#store.otherEtagForm?.();
      if (!other) throw named(property, error);
      await this.#accepted(property, key, body, mode);
    }
  }

  async #accepted(property: ProbedProperty, key: string, body: Uint8Array, mode: PutMode) {
    try {
      await this.#put(property, key, body, mode);
    } catch (error) {
      throw named(property, error);
    }
  }

  async #refused(property: ProbedProperty, key: string, mode: PutMode): Promise<void> {
    try {
      await this.#put(property, key, this.#body(), mode);
    } catch (error) {
      if (error instanceof PreconditionFailedError) return;
      throw error;
    }
    throw new ProbeError(property, 'a put whose condition did not hold was accepted');
  }

  /**
   * A conditional put. A store that refuses it outright, again and again, and takes unconditional
   * ones in between, does not know conditions; one that is away refuses those, too.
   */
  async #put(property: ProbedProperty, key: string, body: Uint8Array, mode: PutMode) {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#store.put(key, body, mode);
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        await this.#store.put(`${this.#prefix}any`, this.#body(), { kind: 'overwrite' });
        if (tries === REFUSALS) throw new ProbeError(property, `it says: ${error.message}`);
      }
    }
  }

  /** One round: all rivals at once, of which one may win, and what is there is the winner's. */
  async #race(property: ProbedProperty, key: string, mode: PutMode): Promise<string> {
    const bodies = Array.from({ length: RIVALS }, () => this.#body());
    const results = await Promise.allSettled(
      bodies.map((body) => this.#store.put(key, body, mode)),
    );
    const winners = results.flatMap((result, i) =>
      result.status === 'fulfilled' ? [{ body: bodies[i], etag: result.value.etag }] : [],
    );
    const [winner] = winners;
    if (winners.length > 1) {
      throw new ProbeError(property, `${winners.length} of ${RIVALS} concurrent puts won`);
    }
    if (winner?.body === undefined) {
      // The winner's answer may have been lost: that tells nothing of the store.
      const open = results.find(
        (result) =>
          result.status === 'rejected' && !(result.reason instanceof PreconditionFailedError),
      );
      if (open?.status === 'rejected') throw open.reason;
      throw new ProbeError(property, `none of ${RIVALS} concurrent puts won`);
    }
    await this.#expect(property, key, winner.body, 'a race');
    return winner.etag;
  }

  async #expect(property: ProbedProperty, key: string, body: Uint8Array, after: string) {
    const read = await this.#store.get(key);
    if (read === undefined || Buffer.compare(read.body, body) !== 0) {
      throw new ProbeError(property, `after ${after}, a read shows something else`);
    }
  }

  /** A body like no other: equal bodies would have equal etags. */
  #body(): Uint8Array {
    return Buffer.from(`catalogd probe ${this.#prefix} ${this.#bodies++}`);
  }
}

/** A conditional put that had to succeed was answered as if its condition had failed. */
function named(property: ProbedProperty, error: unknown): unknown {
  return error instanceof PreconditionFailedError
    ? new ProbeError(
        property,
        `a conditional put that had to succeed was refused: ${error.message}`,
      )
    : error;
}
