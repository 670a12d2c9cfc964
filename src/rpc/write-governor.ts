import { ErrTooBusy } from '../catalog/errors.ts';

/** What a {@link WriteGovernor} works with. */
export interface WriteGovernorOptions {
  /** A clock that never goes back, in milliseconds. */
  readonly monotonic: () => number;
  /** The longest that the event loop was late since it was last asked, in milliseconds. */
  readonly loopDelayMs: () => number;
  /** How many datasets may be written at the store at once: up to that no write has to wait for others. */
  readonly maxPuts: number;
}

/** How often the governor looks at how things go. */
const PERIOD_MS = 100;
/** The event loop is drowning when it is as late as that in two periods in a row. */
const LATE_MS = 100;
/** So much of what is under way is left, at least, when the event loop is late. */
const MOST_FEWER = 0.3;
/**
 * Under way at a time, whatever happens: more than it takes to keep one processor busy, so that a few dozen
 * callers who wait for their answers are never refused.
 */
const LEAST = 64;
/** How long a write may have to wait for those before it: most callers wait for a second or more. */
const QUEUE_MS = 500;
/** Periods over which the rate of writes is averaged. */
const RATE_PERIODS = 10;

/**
 * Refuses writes that would only make all others late, early and cheaply, so that under overload the service
 * does what it can do instead of work for callers that have left. Two things show that writes are too many:
 *
 *  - The event loop stays late. Then fewer may be under way, the fewer the later it is, and little by little
 *    more again once it is in time.
 *  - More wait for the store than it takes in half a second, at the rate of the last one (Little's law).
 */
export class WriteGovernor {
  readonly #options: WriteGovernorOptions;
  #bound = Number.POSITIVE_INFINITY;
  #underWay = 0;
  /** Writes that have ended, in this period, and in a millisecond on average. */
  #ended = 0;
  #perMs = 0;
  #periodBegan: number;
  #wasLate = false;

  constructor(options: WriteGovernorOptions) {
    this.#options = options;
    this.#periodBegan = options.monotonic();
  }

  /** Counts a write. @throws {ErrTooBusy} if there are too many for now. */
  enter(): void {
    this.#look();
    const unqueued = Math.max(LEAST, this.#options.maxPuts);
    const queue = unqueued + this.#perMs * QUEUE_MS;
    if (this.#underWay >= Math.min(this.#bound, queue)) {
      throw new ErrTooBusy('writes', this.#underWay);
    }
    this.#underWay += 1;
  }

  /** Counts the end of a write, however it ended. */
  leave(): void {
    this.#underWay -= 1;
    this.#ended += 1;
  }

  #look(): void {
    const { monotonic, loopDelayMs } = this.#options;
    const now = monotonic();
    const periods = (now - this.#periodBegan) / PERIOD_MS;
    if (periods < 1) return;
    const share = Math.min(1, periods / RATE_PERIODS);
    const perMs = this.#ended / (now - this.#periodBegan);
    this.#perMs += share * (perMs - this.#perMs);
    const delayMs = loopDelayMs();
    const isLate = delayMs > LATE_MS;
    // One long stretch of work, such as a large manifest, is no sign of too much of it.
    if (isLate && this.#wasLate) {
      const fewer = Math.max(MOST_FEWER, LATE_MS / delayMs) * Math.min(this.#bound, this.#underWay);
      this.#bound = Math.max(LEAST, fewer);
    } else if (!isLate) {
      this.#bound = 1.05 * this.#bound + 1;
    }
    this.#wasLate = isLate;
    this.#ended = 0;
    this.#periodBegan = now;
  }
}
