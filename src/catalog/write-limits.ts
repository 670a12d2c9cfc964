/** Bounds of the writes of a registry, whoever calls. */
export interface WriteLimits {
  /** Writes that may be under way or wait; one more is refused with ErrTooBusy. */
  readonly maxWaiting: number;
  /** Of these, writes of one name: a busy name must not take the places of all others. */
  readonly maxWaitingOfName: number;
  /** Names being written at the store at once: above it writes wait, and take up the places above. */
  readonly maxInFlight: number;
  /** Waiting writes of one name that one put may hold; 1: each has a put of its own. */
  readonly maxTogether: number;
}

/** As many puts as an S3 store has connections by default, reads aside. */
export const WRITE_LIMITS: WriteLimits = {
  maxWaiting: 10_000,
  maxWaitingOfName: 2_000,
  maxInFlight: 192,
  maxTogether: 8,
};
