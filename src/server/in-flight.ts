/** Counts the requests that are being served, and tells when none is left. */
export class InFlight {
  #count = 0;
  #onIdle: (() => void) | undefined;

  get count(): number {
    return this.#count;
  }

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#onIdle?.();
  }

  /** Calls back whenever the last request has ended, and at once if there is none. */
  onIdle(callback: () => void): void {
    this.#onIdle = callback;
    if (this.#count === 0) callback();
  }
}
