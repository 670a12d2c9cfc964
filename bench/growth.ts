import { fileURLToPath } from 'node:url';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  GetManifestRequestSchema,
  GetManifestResponseSchema,
} from '../gen/catalogd/v1/catalog_service_pb.ts';
import { type CatalogClient, createCatalogClient } from '../src/client/client.ts';
import { type Bench, type BenchContext, type Row, row } from './bench.ts';
import { checkedLoad } from './support/checked-load.ts';
import { dataset, type Exchange, pathOf, startCatalogd } from './support/datasets.ts';
import { openCaller } from './support/grpc-caller.ts';
import { cpuTimeUs } from './support/process-tree.ts';
import { CREDENTIALS, type Started, startOn, startS3Catalog } from './support/s3-catalog.ts';
import { median } from './support/statistics.ts';

const PROBE = fileURLToPath(new URL('./support/delay-probe.mjs', import.meta.url));
/** Of the datasets, what the checkpoint has at the start: little enough that a new one is due at once. */
const IN_CHECKPOINT = 0.97;
/** How long a checkpoint, or a few refreshes, may take. */
const LIMIT_MS = 240_000;

export const bench: Bench = {
  name: 'growth',
  measures:
    'by datasets in the catalog, on an S3 server in a process of its own: CPU of the service per GetManifest (1x8) and per RegisterManifest (8 in flight, half of the names new), and the delay of its event loop while nobody calls and a checkpoint is written, and while it refreshes. By objects in a dataset, on the file store: how long RegisterManifest takes.',
  baseline: 'the smallest catalog, and the smallest dataset.',
  run,
};

async function run(context: BenchContext): Promise<Row[]> {
  Object.assign(process.env, CREDENTIALS);
  return [...(await byDatasets(context)), ...(await byObjects(context))];
}

async function byDatasets(context: BenchContext): Promise<Row[]> {
  const sizes = context.quick ? [2_000, 4_000] : [1_000, 100_000, 1_000_000];
  const rows: Row[] = [];
  const smallest = new Map<string, number>();
  for (const size of sizes) {
    const name = `${size.toLocaleString('en')} datasets`;
    const add = (unit: string, value: number, atMost?: number) => {
      const baseline = smallest.get(unit);
      smallest.set(unit, baseline ?? value);
      const compared = baseline === undefined || atMost !== undefined;
      const against = compared ? {} : { against: 'the smallest', baseline };
      rows.push(row({ case: name, unit, value, ...against, ...(atMost ? { atMost } : {}) }));
    };
    context.progress(`making ${name}`);
    const store = await startS3Catalog(size, IN_CHECKPOINT);
    context.progress(`${name}: checkpoint`);
    const alone = ['--exclusive', '--log-level', 'info'];
    const service = await startOn(store.url, alone, ['--import', PROBE]);
    // Below a thousand manifests none is written.
    if (size > 1_000) {
      const during = await delayDuring(service, () =>
        service.printed(/a checkpoint was written/, LIMIT_MS),
      );
      add('event loop delay while a checkpoint is written, p99 in ms', during.p99, 20);
      add('the same, max', during.max);
    }
    context.progress(`${name}: calls`);
    add('CPU, us per GetManifest', await cpuOfGets(context, service, size));
    add('CPU, us per RegisterManifest', await cpuOfRegisters(context, service, size));
    process.kill(service.pid, 'SIGKILL');

    context.progress(`${name}: refresh`);
    const shared = await startOn(store.url, ['--refresh-interval', '1s'], ['--import', PROBE]);
    const during = await delayDuring(shared, () =>
      refreshes(shared.address, context.quick ? 1 : 2),
    );
    add('event loop delay while it refreshes, p99 in ms', during.p99, 20);
    add('the same, max, refresh', during.max);
    process.kill(shared.pid, 'SIGKILL');
    process.kill(store.pid, 'SIGKILL');
  }
  return rows;
}

/** The delay of the service's event loop while something happens. */
async function delayDuring(service: Started, what: () => Promise<unknown>) {
  const read = async () => {
    process.kill(service.pid, 'SIGUSR2');
    const [, p99, max] = await service.printed(/delay: p99 (\S+) max (\S+)/, LIMIT_MS);
    return { p99: Number(p99), max: Number(max) };
  };
  await read();
  await what();
  return read();
}

/** Waits for so many more complete refreshes. */
async function refreshes(address: string, count: number): Promise<void> {
  const done = async () => {
    const answer = await fetch(`http://${address}/metrics`);
    const text = await answer.text();
    return Number(
      /^catalogd_index_refreshes_total\{[^}]*outcome="ok"[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0,
    );
  };
  const before = await done();
  for (const late = performance.now() + LIMIT_MS; (await done()) < before + count; ) {
    if (performance.now() > late) throw new Error(`no ${count} refreshes within ${LIMIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function cpuOfGets(context: BenchContext, { pid, address }: Started, size: number) {
  const names = Array.from({ length: 8 }, (_, i) => nameOf(Math.floor((size * (i + 0.5)) / 8)));
  const caller = await openCaller(address);
  const exchanges: Exchange[] = [];
  for (const name of names) {
    const message = create(GetManifestRequestSchema, { name });
    const request = toBinary(GetManifestRequestSchema, message);
    const answer = await caller.call(pathOf('getManifest'), request);
    const { manifest } = fromBinary(GetManifestResponseSchema, answer);
    if (manifest?.name !== name) throw new Error(`${name} is answered by ${manifest?.name}`);
    exchanges.push({ request, answer });
  }
  caller.close();
  const subject = { pid, address, path: pathOf('getManifest'), exchanges };
  const figures: number[] = [];
  for (let round = 0; round < context.rounds + 1; round++) {
    const shape = { connections: 1, streams: 8 };
    const calls = context.quick ? 256 : 20_000;
    const { cpuUs } = await checkedLoad(context.scratch, subject, shape, calls, round);
    // The first warms up.
    if (round > 0) figures.push(cpuUs);
  }
  return median(figures);
}

async function cpuOfRegisters({ quick }: BenchContext, { pid, address }: Started, size: number) {
  const client = createCatalogClient({ address, timeoutMs: 60_000 });
  const calls = quick ? 100 : 2_000;
  let next = 0;
  const worker = async () => {
    while (next < calls) {
      const i = next++;
      const at = Math.floor((size * i) / calls);
      // Old and new names, spread over the catalog.
      const name = i % 2 === 0 ? nameOf(at) : `${nameOf(at)}-new-${i}`;
      const { manifest } = await client.registerManifest({ ...dataset(at, 2), name });
      if (manifest?.name !== name) throw new Error(`${name} was registered as ${manifest?.name}`);
    }
  };
  const warmUp = calls / 4;
  const eight = () => Promise.all(Array.from({ length: 8 }, worker));
  try {
    for (; next < warmUp; ) await client.registerManifest(dataset(next++, 2));
    const [began, from] = [cpuTimeUs(pid), next];
    await eight();
    return (cpuTimeUs(pid) - began) / (calls - from);
  } finally {
    client.close();
  }
}

const nameOf = (i: number) => dataset(i, 0).name as string;

async function byObjects({ quick, scratch, progress }: BenchContext): Promise<Row[]> {
  progress('by objects');
  const { address } = await startCatalogd(`file:${scratch}`);
  const client = createCatalogClient({ address, timeoutMs: 60_000 });
  const rows: Row[] = [];
  try {
    for (const objects of quick ? [10, 100] : [10, 1_000, 100_000]) {
      const ms = await registerMs(client, objects, quick ? 2 : objects > 1_000 ? 10 : 100);
      const name = `${objects.toLocaleString('en')} objects`;
      rows.push(
        row({ case: name, unit: 'RegisterManifest, p50 in ms', value: ms }),
        row({ case: name, unit: 'the same, us per object', value: (ms * 1_000) / objects }),
      );
    }
  } finally {
    client.close();
  }
  return rows;
}

async function registerMs(client: CatalogClient, objects: number, calls: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < calls; i++) {
    const request = { ...dataset(objects, objects), name: `bench/of-${objects}` };
    const began = performance.now();
    const { manifest } = await client.registerManifest(request);
    times.push(performance.now() - began);
    if (manifest?.objectCount !== BigInt(objects)) throw new Error('a wrong answer');
  }
  return median(times);
}
