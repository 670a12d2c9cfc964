import { performance } from 'node:perf_hooks';
import { type Cluster, ENTRY, openCluster, type Profile } from './cluster.ts';
import { Figures } from './figures.ts';
import { keep } from './keep.ts';
import { Random } from './random.ts';
import { runSeed } from './run-seed.ts';

/** Where and with what seeds are run. */
export interface Ground {
  /** URL of a real S3 server's store; empty: the double. */
  readonly url: string;
  /** Where Node keeps compiled code between starts. */
  readonly cache: string;
  /** Where the histories of failed runs are kept. */
  readonly failures: string;
  /** Where the histories of all runs are kept; empty: nowhere. */
  readonly keep: string;
}

/**
 * Opens a cluster that runs an entry and starts it.
 *
 * @param seed decides how the clocks of its replicas go wrong.
 */
export async function serving(
  profile: Profile,
  seed: number,
  entry: string,
  { url, cache }: Ground,
): Promise<Cluster> {
  const folder = `${profile.name}-${process.pid}-${Date.now()}`;
  const cluster = await openCluster(profile, new Random(seed), { url, entry, cache, folder });
  try {
    await cluster.start();
  } catch (error) {
    await cluster.close();
    throw error;
  }
  return cluster;
}

/** So many seeds share a cluster: with each, a start of its replicas has more manifests to read. */
const SEEDS_PER_CLUSTER = 5;

/**
 * Runs seeds one after the other, each on names of its own, and prints the figures.
 *
 * @returns whether nothing is wrong, and enough has happened for that to mean something.
 */
export async function runSeeds(
  profile: Profile,
  seeds: readonly number[],
  ground: Ground,
): Promise<boolean> {
  const figures = new Figures(profile);
  const began = performance.now();
  let passed = true;
  for (let i = 0; i < seeds.length; i += SEEDS_PER_CLUSTER) {
    const group = seeds.slice(i, i + SEEDS_PER_CLUSTER);
    const cluster = await serving(profile, group[0] ?? 0, ENTRY, ground);
    try {
      for (const seed of group) {
        if (!(await runOne(cluster, seed, figures, ground))) passed = false;
      }
    } finally {
      await cluster.close();
    }
  }
  figures.print(performance.now() - began);
  const lacking = figures.lacking();
  for (const each of lacking) console.log(`${profile.name} does not count: ${each}`);
  return passed && lacking.length === 0;
}

async function runOne(
  cluster: Cluster,
  seed: number,
  figures: Figures,
  ground: Ground,
): Promise<boolean> {
  const { profile } = cluster;
  const title = `${profile.name}-${seed}`;
  const result = await runSeed(cluster, seed).catch((cause: unknown) => {
    throw new Error(`${title} could not be run to its end`, { cause });
  });
  if (ground.keep !== '') await keep(result, ground.keep, title);
  if (result.violations.length > 0) {
    const folder = await keep(result, ground.failures, title);
    report(profile, seed, folder, result.violations);
  }
  const lacking = figures.add(result);
  for (const each of lacking) console.log(`${title} does not count: ${each}`);
  return result.violations.length === 0 && lacking.length === 0;
}

/** The most violations of one seed that are printed: one mistake often shows in many places. */
const SHOWN = 3;

function report(profile: Profile, seed: number, folder: string, violations: readonly string[]) {
  const main = 'node test/linearizability/main.ts';
  console.log(`\n${profile.name} seed ${seed}: ${violations.length} violations`);
  for (const each of violations.slice(0, SHOWN)) console.log(`- ${each}`);
  console.log(`kept in ${folder}`);
  console.log(`run it again:     ${main} seed ${profile.name} ${seed}`);
  console.log(`check once more:  ${main} check ${folder}/history.json\n`);
}
