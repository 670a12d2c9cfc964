/**
 * Shares reads of one key among callers without ever giving one a read that began before it
 * asked (R16): a caller joins a read that is still waiting to be sent, never one in flight.
 */
export class SingleFlight<T> {
  readonly #inFlight = new Map<string, Promise<T>>();
  readonly #waiting = new Map<string, Promise<T>>();
  readonly #read: (key: string) => Promise<T>;

  /** @param read does one read. */
  constructor(read: (key: string) => Promise<T>) {
    this.#read = read;
  }

  /** The result of a read that begins after this call. */
  fresh(key: string): Promise<T> {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting;
    const flying = this.#inFlight.get(key);
    if (flying === undefined) return this.#send(key);
    const next = flying
      .catch(() => undefined)
      .then(() => {
        this.#waiting.delete(key);
        return this.#send(key);
      });
    this.#waiting.set(key, next);
    return next;
  }

  async #started(key: string): Promise<T> {
    return this.#read(key);
  }

  #send(key: string): Promise<T> {
    const flying = this.#started(key).finally(() => {
      if (this.#inFlight.get(key) === flying) this.#inFlight.delete(key);
    });
    this.#inFlight.set(key, flying);
    return flying;
  }
}
