/** Lines in the log per interval: enough to see an attack, too few to fill a disk. */
const MAX_LINES = 10;
const INTERVAL_MS = 10_000;

/** Writes of refused callers to the log, at a bounded rate. */
export class FailureLog {
  readonly #warn: (fields: object, message: string) => void;
  readonly #monotonic: () => number;
  #began = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #unsaid = 0;

  /** @param monotonic a clock that never goes back, in milliseconds. */
  constructor(log: { warn(fields: object, message: string): void }, monotonic: () => number) {
    this.#warn = (fields, message) => log.warn(fields, message);
    this.#monotonic = monotonic;
  }

  /** Tells of a caller that was refused; `unsaid` counts those that went by without a line. */
  refused(fields: object): void {
    const now = this.#monotonic();
    if (now - this.#began >= INTERVAL_MS) {
      this.#began = now;
      this.#lines = 0;
    }
    if (this.#lines === MAX_LINES) {
      this.#unsaid += 1;
      return;
    }
    this.#lines += 1;
    const unsaid = this.#unsaid;
    this.#unsaid = 0;
    this.#warn({ ...fields, ...(unsaid > 0 && { unsaid }) }, 'a caller was refused');
  }
}
