/**
 * Loaded into a service whose event loop is measured: at each SIGUSR2 one line with what its delay was
 * since the last, in milliseconds.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
process.on('SIGUSR2', () => {
  // The histogram has the time from one tick to the next, of which one millisecond is its own.
  const ms = (ns) => (ns / 1e6 - 1).toFixed(2);
  console.log(`event loop delay: p99 ${ms(delay.percentile(99))} max ${ms(delay.max)}`);
  delay.reset();
});
