import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  RegisterManifestRequestSchema,
  RegisterManifestResponseSchema,
} from '../gen/catalogd/v1/catalog_service_pb.ts';
import { MAX_RECENT_WRITES } from '../src/manifest/manifest.ts';
import { type Bench, type BenchContext, type Row, row } from './bench.ts';
import { dataset, pathOf, startCatalogd } from './support/datasets.ts';
import { ETCD, putRequest, startEtcd } from './support/etcd.ts';
import { openCaller } from './support/grpc-caller.ts';
import { cpuTimeUs } from './support/process-tree.ts';
import { inTurns } from './support/statistics.ts';

const CALLERS = [1, 8, 64];
const CALLS = 1_500;

export const bench: Bench = {
  name: 'register-file',
  measures:
    'RegisterManifest over gRPC on a directory, by callers that each have a name of their own and wait for an answer before the next call: writes per second, and CPU of the service per write. Durable before it is answered.',
  baseline: 'etcd, Put of a value of the same size on the same disk, as durable.',
  run,
};

/** A server that takes writes of a caller. */
interface Subject {
  readonly pid: number;
  write(caller: number): Promise<void>;
  close(): void;
}

async function run({ quick, rounds, scratch, progress }: BenchContext): Promise<Row[]> {
  const catalogd = await startOurs(scratch);
  const valueBytes = await fullManifestBytes(scratch, catalogd);
  progress(`a manifest's file has ${valueBytes} bytes, and so has etcd's value`);
  const subjects = { catalogd, etcd: await startTheirs(scratch, valueBytes) };
  const rows: Row[] = [];
  try {
    for (const callers of CALLERS) {
      progress(`${callers} callers`);
      const calls = quick ? callers * 2 : Math.max(300, CALLS * Math.min(callers, 4));
      await Promise.all(Object.values(subjects).map((each) => load(each, callers, callers * 2)));
      const figures = await inTurns(rounds, ['catalogd', 'etcd'] as const, (name) =>
        load(subjects[name], callers, calls),
      );
      const { catalogd: ours, etcd: theirs } = figures;
      const of = { case: `${callers} ${callers === 1 ? 'caller' : 'callers'}`, against: 'etcd' };
      rows.push(
        row({
          ...{ ...of, unit: 'writes per second', value: ours.perSecond },
          baseline: theirs.perSecond,
        }),
        row({
          ...{ ...of, unit: 'CPU, us per write', value: ours.cpuUs },
          baseline: theirs.cpuUs,
        }),
      );
    }
  } finally {
    for (const subject of Object.values(subjects)) subject.close();
  }
  return rows;
}

async function load({ pid, write }: Subject, callers: number, calls: number) {
  const [began, cpu] = [performance.now(), cpuTimeUs(pid)];
  let next = 0;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (next++ < calls) await write(caller);
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  return { perSecond: calls / seconds, cpuUs: (cpuTimeUs(pid) - cpu) / calls };
}

async function startOurs(scratch: string): Promise<Subject> {
  const { pid, address } = await startCatalogd(`file:${join(scratch, 'store')}`);
  const caller = await openCaller(address);
  const versions = new Map<number, bigint>();
  const path = pathOf('registerManifest');
  // Made once: whoever measures shares the processors with what is measured.
  const requests = Array.from({ length: Math.max(...CALLERS) }, (_, i) =>
    toBinary(RegisterManifestRequestSchema, create(RegisterManifestRequestSchema, dataset(i))),
  );
  return {
    pid,
    close: () => caller.close(),
    async write(i) {
      const answer = await caller.call(path, requests[i] as Uint8Array);
      const { manifest } = fromBinary(RegisterManifestResponseSchema, answer);
      const version = (versions.get(i) ?? 0n) + 1n;
      if (manifest?.version !== version) throw new Error(`not version ${version} of ${i}`);
      versions.set(i, version);
    },
  };
}

/** The size of a manifest's file once its record of writes is full; it grows no more then. */
async function fullManifestBytes(scratch: string, { write }: Subject): Promise<number> {
  for (let i = 0; i < MAX_RECENT_WRITES; i++) await write(0);
  const path = join(scratch, 'store', `_catalog/manifests/${dataset(0).name}.parquet`);
  return (await stat(path)).size;
}

async function startTheirs(scratch: string, valueBytes: number): Promise<Subject> {
  const { pid, address } = await startEtcd(scratch);
  const caller = await openCaller(address);
  const value = Buffer.alloc(valueBytes, 7);
  return {
    pid,
    close: () => caller.close(),
    async write(i) {
      await caller.call(ETCD.put, putRequest(`dataset-${i}`, value));
    },
  };
}
