import { fileURLToPath } from 'node:url';
import { type Bench, type BenchContext, type Row, row } from './bench.ts';
import { firstLine } from './support/child-server.ts';
import { cpuTimeUs, memoryBytes, peakMemoryBytes } from './support/process-tree.ts';
import { CREDENTIALS, delayLists, startOn, startS3Catalog } from './support/s3-catalog.ts';
import { median } from './support/statistics.ts';

/** As many reads at once as catalogd makes at its start. */
const IN_FLIGHT = 32;

export const bench: Bench = {
  name: 'start',
  measures:
    'From when catalogd listens until it is ready, on a store that is an S3 server in a process of its own: without a checkpoint, manifests read per second; with one, seconds, by milliseconds that each LIST of 1,000 keys takes, and memory. The datasets have 2 objects.',
  baseline: `a bare loop of the SDK's GetObject with as many requests in flight (${IN_FLIGHT}).`,
  run,
};

async function run(context: BenchContext): Promise<Row[]> {
  Object.assign(process.env, CREDENTIALS);
  return [...(await without(context)), ...(await withCheckpoint(context))];
}

async function without({ quick, rounds, progress }: BenchContext): Promise<Row[]> {
  const count = quick ? 500 : 10_000;
  const ours: number[] = [];
  const loops: number[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(`${count} without a checkpoint, round ${round + 1}`);
    const store = await startS3Catalog(count, 0);
    loops.push(count / ((await loop(store.port, count)) / 1_000));
    const started = await startOn(store.url);
    if (started.manifests !== count) throw new Error(`${started.manifests} of ${count} loaded`);
    ours.push(count / (started.readyMs / 1_000));
    process.kill(started.pid, 'SIGKILL');
    process.kill(store.pid, 'SIGKILL');
  }
  const name = `${count} without a checkpoint`;
  const figures = { case: name, unit: 'manifests per second', value: median(ours) };
  const baseline = { against: 'GetObject loop', baseline: median(loops), atLeast: 0.8 };
  return [row({ ...figures, ...baseline })];
}

async function withCheckpoint({ quick, progress }: BenchContext): Promise<Row[]> {
  const count = quick ? 5_000 : 1_000_000;
  const rows: Row[] = [];
  progress(`making a checkpoint of ${count}`);
  const store = await startS3Catalog(count, 1);
  for (const delayMs of [0, 30]) {
    const name = `${count} with a checkpoint, ${delayMs} ms per LIST`;
    progress(name);
    await delayLists(store.port, delayMs);
    const started = await startOn(store.url);
    if (started.manifests !== count) throw new Error(`${started.manifests} of ${count} loaded`);
    const [peak, after] = [peakMemoryBytes(started.pid), memoryBytes(started.pid)];
    const cpu = cpuTimeUs(started.pid) / 1e6;
    const goals = delayMs === 0 && !quick ? { seconds: { atMost: 10 }, gb: { atMost: 1.5 } } : {};
    rows.push(
      row({ case: name, unit: 's until ready', value: started.readyMs / 1_000, ...goals.seconds }),
      row({ case: name, unit: 's of CPU, from the start of the process', value: cpu }),
      row({ case: name, unit: 'peak memory, GB', value: peak / 1e9, ...goals.gb }),
      row({ case: name, unit: 'memory afterwards, bytes per dataset', value: after / count }),
    );
    process.kill(started.pid, 'SIGKILL');
  }
  process.kill(store.pid, 'SIGKILL');
  return rows;
}

/** The milliseconds that a bare loop takes. */
async function loop(port: string, count: number): Promise<number> {
  const path = fileURLToPath(new URL('./support/get-loop.ts', import.meta.url));
  const args = [path, port, String(count), String(IN_FLIGHT)];
  const { found } = await firstLine(
    process.execPath,
    args,
    (line) => (/^[\d.]+$/.test(line) ? line : undefined),
    300_000,
  );
  return Number(found);
}
