/**
 * Puts to an S3 bucket by so many callers at once, each with a name of its own, as often as its parent
 * says: `put-loop.ts WAY ENDPOINT CALLERS`, where the way is `registry` (a catalog's Register) or `sdk`
 * (a bare loop of the SDK's PutObject with the bytes that the other writes). Answers each
 * {@link PutRun} with the {@link PutFigures} of it. Fails for any wrong answer.
 */
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Caller } from '../../src/catalog/call.ts';
import { KeyLock } from '../../src/catalog/key-lock.ts';
import { NameScope } from '../../src/catalog/name-scope.ts';
import { Registry } from '../../src/catalog/registry.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import { systemRuntime } from '../../src/server/system-runtime.ts';
import { openStore } from '../../src/store/open.ts';

/** What the parent asks for. */
export interface PutRun {
  readonly calls: number;
  /** Whether the catalog is to have one lock for all names. */
  readonly oneLock: boolean;
}

/** What it gets. */
export interface PutFigures {
  readonly perSecond: number;
  /** CPU time of this process per call. */
  readonly cpuUs: number;
}

const [, , way = '', endpoint = '', callers = '1'] = process.argv;

let oneLock = false;

class SwitchedLock extends KeyLock {
  override run<T>(name: string, task: () => Promise<T>, admitted?: () => void): Promise<T> {
    return super.run(oneLock ? '' : name, task, admitted);
  }
}

const nameOf = (caller: number) => `bench/n${caller}`;
const key = 'p/_catalog/manifests/bench/n0.parquet';

/** One write of a caller's name. */
type Write = (caller: number) => Promise<void>;

async function register(): Promise<Write> {
  const store = await openStore(
    `s3://catalog/p?endpoint=${endpoint}&region=us-east-1&path_style=true`,
  );
  const silent = () => {};
  const registry = new Registry({
    store,
    codec: protobufViews,
    runtime: systemRuntime,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    shared: true,
    lock: new SwitchedLock(10_000),
  });
  await registry.rehydrate();
  const caller: Caller = {
    signal: new AbortController().signal,
    leftBecause: () => 'canceled',
    reads: NameScope.all,
  };
  const versions = new Map<number, bigint>();
  return async (i) => {
    const name = nameOf(i);
    const objects = Array.from({ length: 8 }, (_, part) => ({
      key: `s3://lake/${name}/day=2026-11-25/part-${part}-c000.snappy.parquet`,
      sizeBytes: 128_000_000n,
      rowCount: 1_000_000n,
    }));
    const call = { name, schemaFingerprint: 'fp', objects, expectedEtag: '', requestId: '' };
    const { version } = await registry.register({ ...call, validateOnly: false }, caller);
    const next = (versions.get(i) ?? 0n) + 1n;
    if (version !== next) throw new Error(`${name}: ${version}, not ${next}`);
    versions.set(i, version);
  };
}

async function sdk(): Promise<Write> {
  const client = new S3Client({
    ...{ endpoint, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 },
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: 256 } },
  });
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'catalog', Key: key }));
  const body = await Body?.transformToByteArray();
  if (body === undefined) throw new Error('there is nothing to put');
  return async (i) => {
    const put = { Bucket: 'catalog', Key: `bare/${nameOf(i)}`, Body: body };
    const { ETag } = await client.send(new PutObjectCommand(put));
    if (ETag === undefined) throw new Error('the put was not answered');
  };
}

const write = await (way === 'sdk' ? sdk() : register());

process.on('message', async (run: PutRun) => {
  oneLock = run.oneLock;
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  let next = 0;
  await Promise.all(
    Array.from({ length: Number(callers) }, async (_, caller) => {
      while (next++ < run.calls) await write(caller);
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = (run.calls * 1_000) / (performance.now() - began);
  const figures: PutFigures = { perSecond, cpuUs: (user + system) / run.calls };
  process.send?.(figures);
});
