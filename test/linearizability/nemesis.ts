import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.ts';
import type { Replica } from './replica.ts';

/** What is done to replicas during a run. */
export interface NemesisOptions {
  readonly replicas: readonly Replica[];
  readonly random: Random;
  readonly durationMs: number;
  readonly onFault: (kind: string) => void;
}

/**
 * Kills one replica and starts it again, and makes others stand still for a while. Resolves when all
 * that it began is over.
 */
export async function nemesis({ replicas, random, durationMs, onFault }: NemesisOptions) {
  const victim = random.pick(replicas);
  const others = replicas.filter((replica) => replica !== victim);
  const killAt = random.between(0.1, 0.35) * durationMs;
  const events = [
    (async () => {
      await sleep(killAt);
      await victim.kill();
      onFault('SIGKILL');
      await victim.start();
    })(),
    ...others.map(async (other) => {
      for (const share of [random.between(0.05, 0.3), random.between(0.5, 0.7)]) {
        const lasts = random.between(20, 300);
        await sleep(share * durationMs);
        other.pause();
        onFault('SIGSTOP');
        await sleep(lasts);
        other.resume();
        onFault('SIGCONT');
      }
    }),
  ];
  // Every one is waited for: what one of them began must not outlive a failure of another.
  const failed = (await Promise.allSettled(events)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}
