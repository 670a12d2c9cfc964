import { performance } from 'node:perf_hooks';
import { keep } from './keep.ts';
import { makeMutant } from './mutant.ts';
import type { Mutation } from './mutations.ts';
import { runSeed } from './run-seed.ts';
import { type Ground, serving } from './seeds.ts';

/** Within how many seeds a mutation has to be caught. */
const MOST_SEEDS = 20;

/**
 * Runs seeds on a catalogd that has the mutation, until one of them finds something wrong.
 *
 * @returns whether one did.
 */
export async function catches(mutation: Mutation, ground: Ground): Promise<boolean> {
  const { title, profile, changes } = mutation;
  const began = performance.now();
  const mutant = await makeMutant(changes);
  try {
    const cluster = await serving(profile, 1, mutant.entry, ground);
    try {
      for (let seed = 1; seed <= MOST_SEEDS; seed++) {
        const result = await runSeed(cluster, seed);
        const [violation] = result.violations;
        if (violation === undefined) continue;
        const folder = `mutation ${title}`.replaceAll(/\W+/g, '-');
        if (ground.keep !== '') await keep(result, ground.keep, folder);
        const seconds = ((performance.now() - began) / 1_000).toFixed(1);
        const what = violation.replaceAll(/\s+/g, ' ').slice(0, 100);
        console.log(`caught at seed ${seed}, after ${seconds} s: ${title} (${what} ...)`);
        return true;
      }
    } finally {
      await cluster.close();
    }
  } finally {
    await mutant.remove();
  }
  console.log(`NOT CAUGHT within ${MOST_SEEDS} seeds: ${title}`);
  return false;
}
