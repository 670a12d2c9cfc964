import type { Runtime } from './runtime.ts';

/** Work at a stretch after which others get their turn, in milliseconds. */
const STRETCH_MS = 4;
/** Asking for the time is not free either. */
const STEPS_BETWEEN_LOOKS = 128;

/**
 * For loops over all datasets, which must not keep callers waiting: tells every few milliseconds of
 * work that it is time for a pause.
 *
 * @returns whether to pause before the next step, by {@link Runtime.sleep} of 0.
 */
export function breather(runtime: Pick<Runtime, 'monotonic'>): () => boolean {
  let since = runtime.monotonic();
  let steps = 0;
  return () => {
    if (++steps % STEPS_BETWEEN_LOOKS !== 0) return false;
    const now = runtime.monotonic();
    if (now - since < STRETCH_MS) return false;
    since = now;
    return true;
  };
}
