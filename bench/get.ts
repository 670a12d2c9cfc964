import { type Bench, type BenchContext, type Row, row } from './bench.ts';
import { loadInTurns, type Shape, type Subject, shapeName } from './support/checked-load.ts';
import {
  type Exchange,
  getExchanges,
  pathOf,
  registerDatasets,
  startCatalogd,
} from './support/datasets.ts';
import { ETCD, putRequest, rangeRequest, startEtcd } from './support/etcd.ts';
import { fixedAnswer } from './support/fixed-answer.ts';
import { openCaller } from './support/grpc-caller.ts';

const NAMES = 64;
const SHAPES: readonly Shape[] = [
  { connections: 1, streams: 8 },
  { connections: 1, streams: 64 },
  { connections: 8, streams: 8 },
];

/** What catalogd is compared with, and how much of its CPU per call is to suffice. */
const BASELINES = [
  { subject: 'bare', against: 'bare node http2', goal: { atMost: 1.25 } },
  { subject: 'etcd', against: 'etcd', goal: { atMost: 0.45 } },
  { subject: 'grpcJs', against: 'grpc-js, bytes ready', goal: {} },
  { subject: 'base', against: 'catalogd without the lane', goal: {} },
] as const;

export const bench: Bench = {
  name: 'get',
  measures: `GetManifest over gRPC, ${NAMES} names with 8 objects each, by connections x calls in flight on each: CPU of the whole process tree per call, and calls per second.`,
  baseline:
    'a bare node http2 server that sends a fixed frame; etcd, serializable Range of a value of the same size; grpc-js with ready bytes; catalogd with the fast lane switched off.',
  run,
};

async function run(context: BenchContext): Promise<Row[]> {
  context.progress('registering');
  const catalogd = await filledCatalogd();
  const { path, exchanges } = catalogd;
  const fixed = exchanges[0] as Exchange;
  const subjects = {
    catalogd,
    base: await filledCatalogd('--no-fast-lane'),
    bare: await fixedAnswer(context.scratch, 'bare-http2.ts', path, fixed),
    etcd: await etcd(context.scratch, exchanges),
    grpcJs: await fixedAnswer(context.scratch, 'grpc-js-bytes.ts', path, fixed),
  };
  const rows: Row[] = [];
  for (const shape of SHAPES) {
    const name = shapeName(shape);
    context.progress(name);
    const some = { warmUp: 5_000, quick: 256 };
    const figures = await loadInTurns(context, subjects, shape, some);
    const ours = figures.catalogd;
    for (const { subject, against, goal } of BASELINES) {
      const { cpuUs, perSecond } = figures[subject];
      rows.push(
        row({
          ...{ case: name, unit: 'CPU, us per call', value: ours.cpuUs },
          ...{ against, baseline: cpuUs, ...goal },
        }),
        row({
          ...{ case: name, unit: 'calls per second', value: ours.perSecond },
          ...{ against, baseline: perSecond },
        }),
      );
    }
  }
  return rows;
}

async function filledCatalogd(...args: readonly string[]): Promise<Subject> {
  const server = await startCatalogd('memory:', args);
  const manifests = await registerDatasets(server.address, NAMES);
  const exchanges = await getExchanges(server.address, manifests);
  return { ...server, path: pathOf('getManifest'), exchanges };
}

/** An etcd whose values are the same answers. */
async function etcd(scratch: string, exchanges: readonly Exchange[]): Promise<Subject> {
  const server = await startEtcd(scratch);
  const caller = await openCaller(server.address);
  try {
    const values = exchanges.map(({ answer }, i) => ({
      key: `dataset-${String(i).padStart(7, '0')}`,
      value: Buffer.from(answer),
    }));
    for (const { key, value } of values) await caller.call(ETCD.put, putRequest(key, value));
    const ranges: Exchange[] = [];
    for (const { key, value } of values) {
      const request = rangeRequest(key);
      // The value with a header before it, whose revision stays as it is from now on.
      const answer = await caller.call(ETCD.range, request);
      if (!answer.includes(value)) throw new Error(`etcd does not answer with ${key}`);
      ranges.push({ request, answer });
    }
    return { ...server, path: ETCD.range, exchanges: ranges };
  } finally {
    caller.close();
  }
}
