import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  CatalogService,
  WatchManifestsRequestSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import {
  ErrorInfoSchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts';
import { type RunningCatalogd, startCatalogd } from '../../src/server/catalogd.ts';
import type { CatalogdLimits } from '../../src/server/catalogd-limits.ts';
import { silentLog } from '../support/catalog.ts';

const running: RunningCatalogd[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

async function start(limits: Partial<CatalogdLimits>) {
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
  });
  running.push(catalogd);
  await catalogd.ready;
  const baseUrl = `http://127.0.0.1:${catalogd.port}`;
  const client = () => createClient(CatalogService, createGrpcTransport({ baseUrl }));
  return { baseUrl, client };
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
