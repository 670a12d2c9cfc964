import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../catalog/runtime.ts';

/** The clock, randomness and sleep of the machine. */
export const systemRuntime: Runtime = {
  // Node has no wall clock below a millisecond; the registry adds what is missing to stay in order.
  now: () => BigInt(Date.now()) * 1_000n,
  monotonic: () => performance.now(),
  uuid: () => randomUUID(),
  random: () => Math.random(),
  sleep: async (ms, signal) => {
    if (signal === undefined) await sleep(ms);
    // The rejection of an aborted sleep says no more than the signal does.
    else await sleep(ms, undefined, { signal }).catch(() => {});
  },
};
