import { fileURLToPath } from 'node:url';
import { EXCLUSIVE_FAULTS, type FaultPlan, SHARED_FAULTS } from './faults.ts';
import type { Random } from './random.ts';
import { Replica } from './replica.ts';
import { openTarget, type Target } from './target.ts';

/** What kind of service is put to the test. */
export interface Profile {
  readonly name: string;
  readonly replicas: number;
  readonly args: readonly string[];
  readonly faults: FaultPlan;
  /** Whether replicas are killed while requests of theirs may be under way. */
  readonly kills: boolean;
  /** Whether replicas reach the server without the proxy: for what is measured. */
  readonly direct?: boolean;
  /** How long the double takes for each request, in milliseconds. Default 0. */
  readonly latencyMs?: number;
}

/** The one that catalogd is made for: any number of replicas over one bucket. */
export const SHARED: Profile = {
  name: 'shared',
  replicas: 3,
  args: ['--refresh-interval', '200ms'],
  faults: SHARED_FAULTS,
  kills: true,
};

/** One replica on a store without conditions, where the lock alone orders the writes of a name. */
export const EXCLUSIVE: Profile = {
  name: 'exclusive',
  replicas: 1,
  args: ['--exclusive'],
  faults: EXCLUSIVE_FAULTS,
  kills: false,
};

/** So many replicas in peace. */
export const undisturbed = (replicas: number, latencyMs = 0): Profile => ({
  ...SHARED,
  name: `undisturbed-${replicas}`,
  replicas,
  args: [],
  kills: false,
  direct: true,
  latencyMs,
});

/** This checkout. */
export const ENTRY = fileURLToPath(new URL('../../bin/catalogd.js', import.meta.url));

/** Replicas over one place in one bucket. */
export interface Cluster {
  readonly profile: Profile;
  readonly target: Target;
  readonly replicas: readonly Replica[];
  /** Kills every replica. */
  kill(): Promise<void>;
  /** Starts every replica, all at once. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes a cluster; none of its replicas has been started.
 *
 * @param url of a real server's store; empty: a double.
 * @param entry what a replica runs.
 * @param cache where Node keeps compiled code, so that the next start is faster.
 */
export async function openCluster(
  profile: Profile,
  random: Random,
  { url, entry, cache, folder }: { url: string; entry: string; cache: string; folder: string },
): Promise<Cluster> {
  const target = await openTarget(url, folder, profile.latencyMs);
  const env = { NODE_COMPILE_CACHE: cache };
  const { args } = profile;
  const store = profile.direct === true ? target.directUrl : target.store;
  const replicas = Array.from(
    { length: profile.replicas },
    (_, i) => new Replica(i, { store, entry, args, env }, random.fork()),
  );
  const kill = async () => void (await Promise.all(replicas.map((each) => each.kill())));
  return {
    profile,
    target,
    replicas,
    kill,
    async start() {
      const started = await Promise.allSettled(replicas.map((each) => each.start()));
      const failed = started.find(({ status }) => status === 'rejected');
      if (failed?.status !== 'rejected') return;
      await kill();
      throw failed.reason;
    },
    async close() {
      await kill();
      await target.close();
    },
  };
}
