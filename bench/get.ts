import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bench, type BenchContext, type Row, row } from './bench.ts';
import { checkedLoad, type Shape, type Subject, shapeName } from './support/checked-load.ts';
import { startServer } from './support/child-server.ts';
import {
  type Exchange,
  getExchange,
  pathOf,
  registerDatasets,
  startCatalogd,
} from './support/datasets.ts';
import { ETCD, putRequest, rangeRequest, startEtcd } from './support/etcd.ts';
import { openCaller } from './support/grpc-caller.ts';
import { inTurns } from './support/statistics.ts';

const NAMES = 64;
const SHAPES: readonly Shape[] = [
  { connections: 1, streams: 8 },
  { connections: 1, streams: 64 },
  { connections: 8, streams: 8 },
];
/** How long one load is to last. */
const LOAD_SECONDS = 2;
const WARM_UP_CALLS = 5_000;
const QUICK_CALLS = 256;

/** What is said of a baseline: its CPU per call may be so many times ours, where there is a goal. */
const GOALS: Readonly<Record<string, number>> = { 'bare node http2': 1.25, etcd: 0.45 };

export const bench: Bench = {
  name: 'get',
  measures: `GetManifest over gRPC, ${NAMES} names with 8 objects each, by connections x calls in flight on each: CPU of the whole process tree per call, and calls per second.`,
  baseline:
    'a bare node http2 server that sends a fixed frame; etcd, serializable Range of a value of the same size; grpc-js with ready bytes.',
  run,
};

async function run(context: BenchContext): Promise<Row[]> {
  const subjects = await start(context);
  const names = Object.keys(subjects);
  const rows: Row[] = [];
  for (const shape of SHAPES) {
    const name = shapeName(shape);
    const calls = await callsOf(context, subjects, shape);
    context.progress(name);
    const figures = await inTurns(context.rounds, names, (each, round) =>
      checkedLoad(context.scratch, subjects[each] as Subject, shape, calls[each] ?? 0, round),
    );
    const ours = figures.catalogd;
    for (const against of names.filter((each) => each !== 'catalogd')) {
      const goal = GOALS[against];
      rows.push(
        row({
          ...{ case: name, unit: 'CPU, us per call', value: ours?.cpuUs ?? Number.NaN, against },
          baseline: figures[against]?.cpuUs ?? Number.NaN,
          ...(goal !== undefined && { atMost: goal }),
        }),
        row({
          ...{ case: name, unit: 'calls per second', value: ours?.perSecond ?? Number.NaN },
          ...{ against, baseline: figures[against]?.perSecond ?? Number.NaN },
        }),
      );
    }
  }
  return rows;
}

/** So many calls that each load lasts about as long. Warms up by the way. */
async function callsOf(
  { quick, scratch }: BenchContext,
  subjects: Readonly<Record<string, Subject>>,
  shape: Shape,
): Promise<Record<string, number>> {
  const calls: Record<string, number> = {};
  for (const [name, subject] of Object.entries(subjects)) {
    if (quick) {
      calls[name] = QUICK_CALLS;
    } else {
      const { perSecond } = await checkedLoad(scratch, subject, shape, WARM_UP_CALLS);
      calls[name] = Math.round(perSecond * LOAD_SECONDS);
    }
  }
  return calls;
}

async function start({ scratch, progress }: BenchContext): Promise<Record<string, Subject>> {
  progress('registering');
  const path = pathOf('getManifest');
  const catalogd = await startCatalogd('memory:');
  const exchanges = (await registerDatasets(catalogd.address, NAMES)).map(getExchange);
  const fixed = exchanges.slice(0, 1);
  const message = join(scratch, 'message');
  await writeFile(message, fixed[0]?.answer ?? '');
  const bare = await startServer('bare-http2.ts', [message]);
  const grpcJs = await startServer('grpc-js-bytes.ts', [message, path]);
  return {
    catalogd: { ...catalogd, path, exchanges },
    'bare node http2': { ...bare, path, exchanges: fixed },
    etcd: await etcd(scratch, exchanges),
    'grpc-js, bytes ready': { ...grpcJs, path, exchanges: fixed },
  };
}

/** An etcd whose values are the same answers. */
async function etcd(scratch: string, exchanges: readonly Exchange[]): Promise<Subject> {
  const server = await startEtcd(scratch);
  const caller = await openCaller(server.address);
  try {
    const keys = exchanges.map((_, i) => `dataset-${String(i).padStart(4, '0')}`);
    for (const [i, { answer }] of exchanges.entries()) {
      await caller.call(ETCD.put, putRequest(keys[i] ?? '', answer));
    }
    const ranges: Exchange[] = [];
    for (const [i, { answer: value }] of exchanges.entries()) {
      const request = rangeRequest(keys[i] ?? '');
      // With a header before it, whose revision stays as it is from now on.
      const answer = await caller.call(ETCD.range, request);
      if (!answer.includes(Buffer.from(value)))
        throw new Error(`etcd does not answer with ${keys[i]}`);
      ranges.push({ request, answer });
    }
    return { ...server, path: ETCD.range, exchanges: ranges };
  } finally {
    caller.close();
  }
}
