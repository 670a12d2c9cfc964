/** How often a timer is to fire: what it is late by is what the event loop is late by. */
const TICK_MS = 50;

/**
 * Measures how late the event loop is, what keeps it at this moment included: monitorEventLoopDelay of
 * node:perf_hooks knows of that only afterwards.
 *
 * @param monotonic a clock that never goes back, in milliseconds.
 * @returns the longest since it was last asked, in milliseconds.
 */
export function watchLoopDelay(monotonic: () => number): () => number {
  let lastTick = monotonic();
  let longestMs = 0;
  const look = () => {
    const now = monotonic();
    longestMs = Math.max(longestMs, now - lastTick - TICK_MS);
    return now;
  };
  setInterval(() => {
    lastTick = look();
  }, TICK_MS).unref();
  return () => {
    look();
    const ms = longestMs;
    longestMs = 0;
    return ms;
  };
}
