import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Bench, type BenchContext, type Row, row } from './bench.ts';
import type { PutFigures, PutRun } from './servers/put-loop.ts';
import { startServer } from './support/child-server.ts';
import { inTurns } from './support/statistics.ts';

const NAMES = 64;
const LATENCIES_MS = [0, 10, 50];
/** So many writes of each name before anything is measured: its record of writes is full then. */
const RECORD = 66;
/** Of one measurement. */
const CALLS = 2_560;
/** The same with one lock, where a request takes a while: it lets one write through at a time. */
const CALLS_IN_LINE = 128;
const GOAL = 0.85;

export const bench: Bench = {
  name: 'register-s3',
  measures: `Register by ${NAMES} callers, each on a name of its own with 8 objects, in the process of the catalog, over an S3 double in another one, by what the double takes more for each request: writes per second, and CPU of the catalog per write.`,
  baseline:
    'a bare loop of the SDK’s PutObject with the same bytes and callers, in a process of its own; the same catalog with one lock for all names.',
  run,
};

const WAYS = ['registry', 'sdk', 'one-lock'] as const;

async function run({ quick, rounds, progress }: BenchContext): Promise<Row[]> {
  const rows: Row[] = [];
  for (const latency of LATENCIES_MS) {
    const name = `${latency} ms`;
    const { address } = await startServer('s3-double.ts', [String(latency)]);
    progress(`${name}, filling the records of writes`);
    const catalog = startLoop('registry', `http://${address}`);
    await catalog.run({ calls: quick ? NAMES : NAMES * RECORD, oneLock: false });
    const sdk = startLoop('sdk', `http://${address}`);
    await sdk.run({ calls: quick ? NAMES : CALLS, oneLock: false });
    progress(name);
    const figures = await inTurns(rounds, WAYS, (way) => {
      const oneLock = way === 'one-lock';
      const calls = quick ? NAMES : oneLock && latency > 0 ? CALLS_IN_LINE : CALLS;
      return (way === 'sdk' ? sdk : catalog).run({ calls, oneLock });
    });
    for (const loop of [catalog, sdk]) loop.end();
    const { registry, sdk: bare, 'one-lock': inLine } = figures;
    const of = { case: name, unit: 'writes per second', value: registry.perSecond };
    rows.push(
      row({ ...of, against: 'bare PutObject', baseline: bare.perSecond, atLeast: GOAL }),
      row({ ...of, against: 'one lock', baseline: inLine.perSecond }),
      row({
        ...{ case: name, unit: 'CPU, us per write', value: registry.cpuUs },
        ...{ against: 'bare PutObject', baseline: bare.cpuUs },
      }),
    );
  }
  return rows;
}

const LOOP = fileURLToPath(new URL('servers/put-loop.ts', import.meta.url));

/** Starts a loop, which stays warm from one measurement to the next. */
function startLoop(way: string, endpoint: string) {
  const child = fork(LOOP, [way, endpoint, String(NAMES)], {
    env: { ...process.env, AWS_ACCESS_KEY_ID: 'double', AWS_SECRET_ACCESS_KEY: 'double-secret' },
  });
  return {
    async run(run: PutRun) {
      const ended = once(child, 'exit').then(([code]) => {
        throw new Error(`the loop ${way} ended with ${code}`);
      });
      child.send(run);
      const [figures] = await Promise.race([once(child, 'message'), ended]);
      return { ...(figures as PutFigures) };
    },
    end: () => child.kill(),
  };
}
