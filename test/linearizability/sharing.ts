import { performance } from 'node:perf_hooks';
import { Caller } from './caller.ts';
import { violationsOf } from './check.ts';
import { type Cluster, ENTRY, undisturbed } from './cluster.ts';
import type { WriteOutcome } from './history.ts';
import { type RegisterInput, UNCONDITIONAL } from './input.ts';
import { Recorder } from './recorder.ts';
import { type Ground, serving } from './seeds.ts';

const PATIENT = { timeoutMs: 60_000 };
/** How many registers of one new name go out at once, over all replicas. */
const AT_ONCE = 150;
/** For how long throughput is measured, in milliseconds, and by how many callers. */
const MEASURED_MS = 4_000;
const CALLERS = 24;
/** What a real store takes for a request, about, in milliseconds. */
const SLOW_STORE_MS = 50;
/** So many registers are made on one name, however many callers share them. */
const ON_ONE_NAME = 192;

const TRY_AGAIN: ReadonlySet<string> = new Set(['CONTENDED', 'STORE_UNAVAILABLE']);
const MAX_TRIES = 100;

/** Makes calls on a cluster, each on the next replica, and keeps what they came to. */
class Rivals {
  readonly recorder = new Recorder();
  readonly #caller = new Caller('rival', this.recorder);
  readonly #cluster: Cluster;
  #calls = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /**
   * Registers, again and again while the answer says that nothing has happened and to try again: too
   * many others came first, or the store had no connection free.
   *
   * @param replica its number; by default calls go round all of them.
   */
  async register(name: string, replica?: number): Promise<WriteOutcome> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.#once(name, replica);
      const again = outcome.kind === 'failed' && TRY_AGAIN.has(outcome.reason);
      if (!again || tries === MAX_TRIES) return outcome;
    }
  }

  #once(name: string, number: number | undefined): Promise<WriteOutcome> {
    const { replicas } = this.#cluster;
    const marker = ++this.#calls;
    const replica = replicas[(number ?? marker) % replicas.length];
    if (replica === undefined) throw new RangeError('a cluster needs replicas');
    const objects = [{ key: 'a', size: marker, rows: marker }];
    const input: RegisterInput = {
      method: 'register',
      ...UNCONDITIONAL,
      fingerprint: 'f',
      marker,
      objects,
      labels: null,
    };
    return this.#caller.write(replica, name, input, PATIENT);
  }
}

/**
 * Registers one new name many times at once over three replicas: there must be one dataset, made
 * once, and every version must be somebody's.
 *
 * @returns whether it is so.
 */
export async function oneName(ground: Ground): Promise<boolean> {
  const cluster = await serving(undisturbed(3), 1, ENTRY, ground);
  try {
    const rivals = new Rivals(cluster);
    const calls = Array.from({ length: AT_ONCE }, () => rivals.register('one'));
    const written = (await Promise.all(calls)).flatMap((outcome) =>
      outcome.kind === 'ok' ? [outcome] : [],
    );
    const ids = new Set(written.map(({ manifest }) => manifest?.datasetId));
    const created = written.filter(({ existing }) => !existing).length;
    const versions = new Set(written.map(({ version }) => version));
    const gapless = versions.size === written.length && Math.max(...versions) === written.length;
    const violations = violationsOf({ seed: 0, operations: rivals.recorder.operations });
    for (const outcome of await Promise.all(calls)) {
      if (outcome.kind !== 'ok') console.log(`- not written: ${JSON.stringify(outcome)}`);
    }
    console.log(
      `one new name, ${AT_ONCE} registers at once over 3 replicas: ${written.length} written, ${ids.size} dataset_id, ${created} created, versions ${gapless ? 'without' : 'WITH'} a gap or repetition`,
    );
    for (const violation of violations) console.log(`- ${violation}`);
    const all = written.length === AT_ONCE;
    return all && ids.size === 1 && created === 1 && gapless && violations.length === 0;
  } finally {
    await cluster.close();
  }
}

/**
 * Prints what replicas manage on distinct names, where each name has a replica of its own and where
 * its calls go round all of them, on a store that answers at once and on one that takes its time; and
 * how long callers of one name wait.
 */
export async function measure(ground: Ground): Promise<boolean> {
  for (const latencyMs of ground.url === '' ? [SLOW_STORE_MS, 0] : [0]) {
    for (const replicas of [1, 3]) {
      const cluster = await serving(undisturbed(replicas, latencyMs), 1, ENTRY, ground);
      try {
        await measureOn(cluster, latencyMs);
      } finally {
        await cluster.close();
      }
    }
  }
  return true;
}

async function measureOn(cluster: Cluster, latencyMs: number): Promise<void> {
  const { length: replicas } = cluster.replicas;
  const where = `${replicas} replica(s), the store takes ${latencyMs} ms more`;
  // Each process compiles for itself.
  await throughput(cluster, 'warm', true, MEASURED_MS * replicas);
  const sticky = await throughput(cluster, 'sticky', true, MEASURED_MS);
  console.log(`${where}, each name through one: ${sticky.toFixed(0)} registers/s`);
  if (replicas === 1) return;
  const round = await throughput(cluster, 'round', false, MEASURED_MS);
  console.log(`${where}, each name through all: ${round.toFixed(0)} registers/s`);
  if (latencyMs > 0) return;
  for (const callers of [1, 8, 64]) await contention(cluster, callers);
}

async function throughput(cluster: Cluster, prefix: string, sticky: boolean, ms: number) {
  const rivals = new Rivals(cluster);
  const began = performance.now();
  const callers = Array.from({ length: CALLERS }, async (_, i) => {
    while (performance.now() - began < ms) {
      await rivals.register(`${prefix}/${i}`, sticky ? i : undefined);
    }
  });
  await Promise.all(callers);
  const { operations } = rivals.recorder;
  const written = operations.filter(({ outcome }) => outcome.kind === 'ok').length;
  return (written * 1_000) / (performance.now() - began);
}

async function contention(cluster: Cluster, callers: number): Promise<void> {
  const rivals = new Rivals(cluster);
  const began = performance.now();
  let left = ON_ONE_NAME;
  const running = Array.from({ length: callers }, async () => {
    while (left-- > 0) await rivals.register(`contended/${callers}`);
  });
  await Promise.all(running);
  const seconds = (performance.now() - began) / 1_000;
  const { operations } = rivals.recorder;
  const waited = operations
    .map(({ invoked, returned }) => returned - invoked)
    .sort((a, b) => a - b);
  const at = (share: number) => (waited[Math.ceil(waited.length * share) - 1] ?? 0).toFixed(0);
  const outcomes = Object.entries(Object.groupBy(operations, ({ outcome }) => outcome.kind));
  const counts = outcomes.map(([kind, of]) => `${kind} ${of?.length}`).join(', ');
  console.log(
    `3 replicas, one name, ${callers} callers: ${counts}; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${(operations.length / seconds).toFixed(0)} calls/s`,
  );
}
