import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CatalogService,
  WatchManifestsRequestSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import {
  ErrorInfoSchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts';
import { newToken, TOKEN_BYTES } from '../../src/auth/static-tokens.ts';
import { type RunningCatalogd, startCatalogd } from '../../src/server/catalogd.ts';
import type { CatalogdLimits } from '../../src/server/catalogd-limits.ts';
import type { CatalogdOptions } from '../../src/server/catalogd-options.ts';
import { silentLog } from '../support/catalog.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';
import { clientOf } from '../support/service.ts';
import { tempFolder } from '../support/temp-folder.ts';

const running: RunningCatalogd[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

async function start(limits: Partial<CatalogdLimits>, more: Partial<CatalogdOptions> = {}) {
  const catalogd = await startCatalogd({
    store: 'memory:',
    host: '127.0.0.1',
    port: 0,
    exclusive: false,
    refreshIntervalMs: 60_000,
    drainTimeoutMs: 500,
    startTimeoutMs: 10_000,
    limits,
    log: silentLog,
    ...more,
  });
  running.push(catalogd);
  await catalogd.ready;
  const baseUrl = `http://127.0.0.1:${catalogd.port}`;
  const client = () => createClient(CatalogService, createGrpcTransport({ baseUrl }));
  return { baseUrl, client, port: catalogd.port };
}

/** A watch that is open: its first event has come. */
async function watch(client: ReturnType<Awaited<ReturnType<typeof start>>['client']>) {
  const stop = new AbortController();
  const events = client
    .watchManifests(create(WatchManifestsRequestSchema), {
      signal: stop.signal,
    })
    [Symbol.asyncIterator]();
  await events.next();
  return () => {
    stop.abort();
    return events.next().catch(() => {});
  };
}

describe('above a limit of a running catalogd', () => {
  it.each([
    [{ maxWatchersPerCaller: 1 }, 'TOO_BUSY', 'watchers of the caller'],
    [{ maxWatchers: 1 }, 'TOO_MANY_WATCHERS', 'watchers'],
  ])('a watcher is refused, others are served: %j', async (limits, reason, subject) => {
    const { client } = await start(limits);
    const close = await watch(client());
    const error = ConnectError.from(await watch(client()).catch((thrown) => thrown));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.findDetails(ErrorInfoSchema)[0]?.reason).toBe(reason);
    expect(error.findDetails(QuotaFailureSchema)[0]?.violations[0]?.subject).toBe(subject);
    expect(error.findDetails(RetryInfoSchema)).toHaveLength(1);
    await client().registerManifest({ name: 'a', schemaFingerprint: 'f' });
    expect((await client().getManifest({ name: 'a' })).manifest?.name).toBe('a');
    await close();
    let closeNext: (() => Promise<unknown>) | undefined;
    for (let i = 0; closeNext === undefined && i < 100; i++) {
      closeNext = await watch(client()).catch(() => undefined);
    }
    expect(closeNext).toBeDefined();
    await closeNext?.();
  });

  it('a request is refused, others are served', async () => {
    const { client, baseUrl } = await start({ maxRequestBytes: 64 * 1024 });
    const big = { name: 'a', schemaFingerprint: 'f'.repeat(100_000) };
    const error = ConnectError.from(
      await client()
        .registerManifest(big)
        .catch((e) => e),
    );
    expect(error.code).toBe(Code.ResourceExhausted);
    const put = await fetch(`${baseUrl}/v1/manifests/a`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ schema_fingerprint: big.schemaFingerprint }),
    });
    expect(put.status).toBe(413);
    expect((await client().listManifests({})).manifests).toEqual([]);
  });

  it('a deadline is refused, others are served', async () => {
    const { client } = await start({ maxTimeoutMs: 1_000 });
    const call = client().listManifests({}, { timeoutMs: 60_000 });
    expect(ConnectError.from(await call.catch((e) => e)).code).toBe(Code.InvalidArgument);
    expect((await client().listManifests({}, { timeoutMs: 900 })).manifests).toEqual([]);
  });
});

const folder = tempFolder();
const token = (name: string, byte: number) => newToken(name, Buffer.alloc(TOKEN_BYTES, byte));
const [first, second] = [token('first', 1), token('second', 2)];
const as = (caller: typeof first) => ({ authorization: `Bearer ${caller.token}` });

describe('while a put is under way, above a limit of calls', () => {
  let double: S3Double;
  let release: () => void;
  /** Resolves when the store has the put of the dataset `held`. */
  let held: Promise<void>;
  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID = 'double';
    process.env.AWS_SECRET_ACCESS_KEY = 'double-secret';
    double = await startS3Double();
    writeFileSync(join(folder, 'tokens'), `${first.line}\n${second.line}\n`);
  });
  afterAll(() => double.close());
  beforeEach(() => {
    double.objects.clear();
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    held = reached.promise;
    release = released.resolve;
    double.fault = ({ method, key }) => {
      if (method !== 'PUT' || !key.endsWith('/held.parquet')) return undefined;
      reached.resolve();
      return { until: released.promise };
    };
  });
  afterEach(() => release());

  const startOnS3 = (limits: Partial<CatalogdLimits>) =>
    start(limits, {
      store: `s3://catalog/p?endpoint=${double.endpoint}&region=us-east-1&path_style=true`,
      auth: { tokens: join(folder, 'tokens') },
    });

  /** What is refused to the first caller, and what the second caller may do all the same. */
  type Row = [Partial<CatalogdLimits>, what: string, refused: string, served: string | undefined];
  const ROWS: Row[] = [
    [{ maxCalls: 1 }, 'calls', 'other', undefined],
    [{ maxWrites: 1 }, 'writes', 'other', undefined],
    [{ maxWritesPerName: 1 }, 'writes of the name', 'held', 'other'],
    [{ maxWritesPerCaller: 1 }, 'writes of the caller', 'another', 'other'],
  ];

  it.each(
    ROWS.flatMap((row) =>
      ['gRPC', 'gRPC, gzipped', 'Connect JSON over HTTP/1.1'].map(
        (protocol) => [protocol, ...row] as const,
      ),
    ),
  )('%s: %j refuses, and goes on serving', async (protocol, limits, what, refused, served) => {
    const service = await startOnS3(limits);
    const client = clientOf(protocol, service);
    const register = (name: string, headers: ReturnType<typeof as>) =>
      client.registerManifest({ name, schemaFingerprint: 'fp' }, { headers });
    const waiting = register('held', as(first));
    await held;
    const error = ConnectError.from(await register(refused, as(first)).catch((e) => e));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: 'TOO_BUSY', domain: 'catalogd', metadata: { what, waiting: '1' } },
    ]);
    expect(error.findDetails(QuotaFailureSchema)).toMatchObject([
      { violations: [{ subject: what, description: error.rawMessage }] },
    ]);
    expect(error.findDetails(RetryInfoSchema)).toMatchObject([{ retryDelay: { seconds: 1n } }]);
    if (served !== undefined) await register(served, as(second));
    if (what !== 'calls') await client.listManifests({}, { headers: as(second) });
    expect((await fetch(`${service.baseUrl}/healthz`)).status).toBe(200);
    release();
    expect((await waiting).existing).toBe(false);
    expect((await register('later', as(first))).existing).toBe(false);
    const { manifests } = await client.listManifests({}, { headers: as(second) });
    const names = ['held', 'later', ...(served === undefined ? [] : [served])];
    expect(manifests.map(({ name }) => name)).toEqual(names.sort());
  });

  it.each(ROWS)(
    'plain HTTP: %j refuses, and goes on serving',
    async (limits, what, name, served) => {
      const { baseUrl } = await startOnS3(limits);
      const put = (dataset: string, caller: typeof first) =>
        fetch(`${baseUrl}/v1/manifests/${dataset}`, {
          method: 'PUT',
          headers: { ...as(caller), 'content-type': 'application/json' },
          body: JSON.stringify({ schemaFingerprint: 'fp' }),
        });
      const waiting = put('held', first);
      await held;
      const answer = await put(name, first);
      expect(answer.status).toBe(429);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await answer.json()).toMatchObject({
        reason: 'TOO_BUSY',
        metadata: { what },
        violations: [{ subject: what }],
      });
      if (served !== undefined) expect((await put(served, second)).status).toBe(201);
      const metrics = await (await fetch(`${baseUrl}/metrics`, { headers: as(second) })).text();
      const [setting = ''] = Object.keys(limits);
      const label = setting.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      expect(metrics).toContain(`catalogd_limited_calls_total{limit="${label}"} 1\n`);
      release();
      expect((await waiting).status).toBe(201);
      expect((await put('later', first)).status).toBe(201);
    },
  );

  it('of puts, a write waits and is not refused; reads go on', async () => {
    const { client } = await startOnS3({ maxPuts: 1 });
    const headers = as(first);
    const register = (name: string, timeoutMs = 30_000) =>
      client().registerManifest({ name, schemaFingerprint: 'fp' }, { headers, timeoutMs });
    const waiting = register('held');
    await held;
    const hurried = ConnectError.from(await register('hurried', 500).catch((e) => e));
    expect(hurried.code).toBe(Code.DeadlineExceeded);
    const patient = register('patient');
    expect((await client().listManifests({}, { headers })).manifests).toEqual([]);
    release();
    await Promise.all([waiting, patient]);
    const { manifests } = await client().listManifests({}, { headers });
    expect(manifests.map(({ name }) => name)).toEqual(['held', 'patient']);
  });
});
