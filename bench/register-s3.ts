import { fileURLToPath } from 'node:url';
import { type Bench, type BenchContext, type Row, row } from './bench.ts';
import { firstLine, startServer } from './support/child-server.ts';
import { inTurns } from './support/statistics.ts';

const NAMES = 64;
const LATENCIES_MS = [0, 10, 50];
/** So many writes of each name before anything is measured: its record of writes is full then. */
const RECORD = 66;
/** How long one measurement is to last, at most. */
const CALLS = 6_400;
const GOAL = 0.85;

export const bench: Bench = {
  name: 'register-s3',
  measures: `Register by ${NAMES} callers, each on a name of its own with 8 objects, in the process of the catalog, over an S3 double in another one, by what the double takes more for each request: writes per second, and CPU of the catalog per write.`,
  baseline:
    'a bare loop of the SDK’s PutObject with the same bytes and callers; the same catalog with one lock for all names.',
  run,
};

const WAYS = ['registry', 'sdk', 'one-lock'] as const;

async function run({ quick, rounds, progress }: BenchContext): Promise<Row[]> {
  const rows: Row[] = [];
  for (const latency of LATENCIES_MS) {
    const name = `${latency} ms`;
    const { address } = await startServer('s3-double.ts', [String(latency)]);
    const loop = (way: string, calls: number) => putLoop(way, `http://${address}`, calls);
    progress(`${name}, filling the records of writes`);
    await loop('registry', quick ? NAMES : NAMES * RECORD);
    progress(name);
    const figures = await inTurns(rounds, WAYS, (way) => {
      // One lock lets one write through at a time.
      const calls = way === 'one-lock' ? CALLS / (latency === 0 ? 1 : NAMES) : CALLS;
      return loop(way, quick ? NAMES : calls);
    });
    const { registry, sdk } = figures;
    const of = { case: name, unit: 'writes per second', value: registry.perSecond };
    rows.push(
      row({ ...of, against: 'bare PutObject', baseline: sdk.perSecond, atLeast: GOAL }),
      row({ ...of, against: 'one lock', baseline: figures['one-lock'].perSecond }),
      row({
        ...{ case: name, unit: 'CPU, us per write', value: registry.cpuUs },
        ...{ against: 'bare PutObject', baseline: sdk.cpuUs },
      }),
    );
  }
  return rows;
}

const LOOP = fileURLToPath(new URL('servers/put-loop.ts', import.meta.url));

async function putLoop(way: string, endpoint: string, calls: number) {
  const credentials = { AWS_ACCESS_KEY_ID: 'double', AWS_SECRET_ACCESS_KEY: 'double-secret' };
  Object.assign(process.env, credentials);
  const { found } = await firstLine(
    process.execPath,
    [LOOP, way, endpoint, String(NAMES), String(calls)],
    (line) => (line.startsWith('{') ? line : undefined),
    LOOP_MS,
  );
  const { seconds, cpuUs } = JSON.parse(found) as { seconds: number; cpuUs: number };
  return { perSecond: calls / seconds, cpuUs };
}

/** How long one loop may take. */
const LOOP_MS = 120_000;
