import { setTimeout as sleep } from 'node:timers/promises';
import type { ManifestFile } from '../../src/manifest/manifest.ts';
import { auditFile, readBucket } from './audit.ts';
import { Caller } from './caller.ts';
import { violationsOf } from './check.ts';
import type { Cluster } from './cluster.ts';
import { byName, type History } from './history.ts';
import { nemesis } from './nemesis.ts';
import { Random } from './random.ts';
import { Recorder } from './recorder.ts';
import type { Replica } from './replica.ts';
import { Workload } from './workload.ts';

/** What one seed came to. */
export interface SeedResult {
  readonly history: History;
  /** Everything that is wrong; empty if nothing is. */
  readonly violations: readonly string[];
  /** How often each kind of fault was done. */
  readonly faults: ReadonlyMap<string, number>;
  /** How many writes in the bucket's records share a put with the one before. */
  readonly together: number;
  /** What the bucket held in the end, by name. */
  readonly bucket: ReadonlyMap<string, Uint8Array>;
  /** What the replicas logged, by replica. */
  readonly logs: ReadonlyMap<string, string>;
  /** How long the checks took, in milliseconds. */
  readonly checkMs: number;
}

const CLIENTS = 8;
const NAMES = 20;
/** How long the clients work, in milliseconds; longer if a replica takes long to start again. */
const DURATION_MS = 2_500;
const PATIENT = { timeoutMs: 10_000 };

/**
 * Runs one seed on a cluster that serves, and checks all that came of it. Ends with the death of all
 * replicas in the midst of their work; the cluster serves again afterwards.
 */
export async function runSeed(cluster: Cluster, seed: number): Promise<SeedResult> {
  const { replicas, target, profile } = cluster;
  const random = new Random(seed);
  const faults = new Map<string, number>();
  const onFault = (kind: string) => void faults.set(kind, (faults.get(kind) ?? 0) + 1);
  const recorder = new Recorder();
  const workload = new Workload({
    replicas,
    recorder,
    random: random.fork(),
    prefix: `s${seed}`,
    names: NAMES,
    clients: CLIENTS,
    durationMs: DURATION_MS,
  });

  const disturbance = { plan: profile.faults, random: random.fork(), onFault };
  target.proxy.disturb(disturbance);
  const working = workload.run();
  try {
    const ofNemesis = { replicas, random: random.fork(), durationMs: DURATION_MS, onFault };
    const enough = sleep(DURATION_MS + random.between(0, 300));
    await Promise.all([enough, profile.kills ? nemesis(ofNemesis) : undefined]);
    if (profile.kills) {
      await cluster.kill();
      onFault('SIGKILL of all');
    }
  } finally {
    workload.end();
    await working;
  }
  // What the dead have sent still lands.
  target.proxy.disturb(undefined);
  await target.proxy.idle();
  const logs = new Map(replicas.map((replica) => [replica.id, replica.log]));
  if (profile.kills) await cluster.start();

  await lookAround(cluster, workload, recorder, random.fork());
  const { bucket, files } = await lookIntoBucket(cluster, workload, recorder);
  const history = { seed, operations: recorder.operations };
  const began = recorder.now();
  const violations = violationsOf(history);
  for (const [name, operations] of byName(recorder.operations)) {
    violations.push(...auditFile(name, files.get(name), operations));
  }
  const together = [...files.values()].reduce((sum, file) => sum + writtenTogether(file), 0);
  return { history, violations, faults, together, bucket, logs, checkMs: recorder.now() - began };
}

function writtenTogether({ recentWrites }: ManifestFile): number {
  return recentWrites.filter(({ writeId }, i) => writeId === recentWrites[i - 1]?.writeId).length;
}

/** Reads every name through every replica, and repeats what a client would repeat after a crash. */
async function lookAround(
  { replicas }: Cluster,
  workload: Workload,
  recorder: Recorder,
  random: Random,
): Promise<void> {
  const caller = new Caller('last', recorder);
  const { names } = workload;
  const prefix = names[0]?.replace(/[^/]*$/, '') ?? '';
  const list = (replica: Replica, showDeleted: boolean) =>
    caller.list(replica, prefix, names, showDeleted, PATIENT);
  // First of all what they have loaded, before anything makes them look again.
  await Promise.all(replicas.map((replica) => list(replica, true)));
  for (const { name, input } of workload.repeatable()) {
    await caller.write(random.pick(replicas), name, input, PATIENT);
  }
  await Promise.all(
    replicas.map(async (replica) => {
      await list(replica, false);
      await caller.batchGet(replica, names, false, PATIENT);
      await caller.batchGet(replica, names, true, PATIENT);
    }),
  );
}

/** Reads every name's file: one more strong read, and what is kept when something is wrong. */
async function lookIntoBucket({ target }: Cluster, { names }: Workload, recorder: Recorder) {
  const bucket = new Map<string, Uint8Array>();
  const files = new Map<string, ManifestFile>();
  for (const name of names) {
    const invoked = recorder.now();
    const { object, file, manifest } = await readBucket(target.direct, name);
    if (object !== undefined) bucket.set(name, object.body);
    if (file !== undefined) files.set(name, file);
    const etag = recorder.operations
      .map((operation) => operation.outcome)
      .flatMap((outcome) => (outcome.kind === 'ok' && outcome.manifest ? [outcome.manifest] : []))
      .findLast(
        ({ datasetId, version }) =>
          datasetId === manifest?.datasetId && version === manifest.version,
      )?.etag;
    recorder.read({
      kind: 'read',
      client: 'last',
      replica: 'bucket',
      name,
      invoked,
      via: 'bucket',
      strong: true,
      minVersion: 0,
      showDeleted: true,
      ageMs: 0,
      outcome: { kind: 'ok', manifest: manifest && { ...manifest, etag: etag ?? '' } },
    });
  }
  return { bucket, files };
}
