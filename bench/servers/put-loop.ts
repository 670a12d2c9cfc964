/**
 * Puts to an S3 bucket by so many callers at once, each with a name of its own, in one of these ways:
 * `registry` (a catalog's Register), `one-lock` (the same with one lock for all names), `sdk` (a bare loop
 * of the SDK's PutObject with the bytes that the other two write).
 *
 * `put-loop.ts WAY ENDPOINT CALLERS CALLS`. Prints the seconds it took and its own CPU time per call in
 * microseconds, as JSON. Fails for any wrong answer.
 */
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Caller } from '../../src/catalog/call.ts';
import { KeyLock } from '../../src/catalog/key-lock.ts';
import { NameScope } from '../../src/catalog/name-scope.ts';
import { Registry } from '../../src/catalog/registry.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import { systemRuntime } from '../../src/server/system-runtime.ts';
import { openStore } from '../../src/store/open.ts';

const [, , way = '', endpoint = '', callers = '1', calls = '1'] = process.argv;

class OneLock extends KeyLock {
  override run<T>(_name: string, task: () => Promise<T>): Promise<T> {
    return super.run('', task);
  }
}

const nameOf = (caller: number) => `bench/n${caller}`;
const key = 'p/_catalog/manifests/bench/n0.parquet';

/** One write of a caller's name. */
type Write = (caller: number) => Promise<void>;

async function register(lock?: KeyLock): Promise<Write> {
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
    ...(lock !== undefined && { lock }),
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
    const last = versions.get(i);
    if (last !== undefined && version !== last + 1n) throw new Error(`${name}: ${version}`);
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

const write =
  way === 'sdk'
    ? await sdk()
    : await register(way === 'one-lock' ? new OneLock(10_000) : undefined);

async function run(total: number): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Number(callers) }, async (_, caller) => {
      while (next++ < total) await write(caller);
    }),
  );
}

await run(Math.min(Number(calls), 640));
const [began, cpu] = [performance.now(), process.cpuUsage()];
await run(Number(calls));
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - began) / 1_000;
console.log(JSON.stringify({ seconds, cpuUs: (user + system) / Number(calls) }));
process.exit();
