import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CatalogClientError,
  type CatalogClientOptions,
  createCatalogClient,
  type RetryRuntime,
} from '../../src/client/client.ts';
import { systemRuntime } from '../../src/client/options.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import {
  type FakeMethods,
  fault,
  getResponse,
  listResponse,
  registerResponse,
  startFake,
} from './fake-service.ts';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

function open(address: string, options: CatalogClientOptions = {}) {
  const client = createCatalogClient({ address, ...options });
  opened.push(() => client.close());
  return client;
}

async function fake(methods: FakeMethods, options?: CatalogClientOptions) {
  const service = await startFake(methods);
  opened.push(() => service.close());
  return open(service.address, { runtime: new FakeRuntime(), ...options });
}

const refusal = (code: status, reason: string, retrySeconds?: bigint) =>
  fault(code, reason, {
    info: { domain: 'catalogd', reason },
    ...(retrySeconds !== undefined && { retry: { retryDelay: { seconds: retrySeconds } } }),
  });

/** Throws one after the other, then answers. */
function failing<T>(errors: unknown[], answer: T): T {
  const error = errors.shift();
  if (error !== undefined) throw error;
  return answer;
}

const reasonOf = (call: Promise<unknown>) =>
  call.then(
    () => 'success',
    (error: CatalogClientError) => error.reason,
  );

describe('a repeated write', () => {
  it('bears one request id in all attempts, and hands `replayed` through', async () => {
    const requests: unknown[] = [];
    const errors = [
      refusal(status.UNAVAILABLE, 'STORE_UNAVAILABLE'),
      fault(status.UNAVAILABLE, 'upstream connect error'),
      refusal(status.UNAVAILABLE, 'OUTCOME_UNKNOWN'),
      refusal(status.ABORTED, 'CONTENDED'),
    ];
    let ids = 0;
    const client = await fake(
      {
        registerManifest: (request) => {
          requests.push([request.requestId, request.expectedEtag, request.objects.length]);
          return failing(errors, registerResponse({ replayed: true, version: 7n }));
        },
      },
      { newRequestId: () => `id-${++ids}` },
    );
    const response = await client.registerManifest({
      name: 'a',
      expectedEtag: 'e',
      objects: [{ key: 'k' }],
    });
    expect(response).toMatchObject({ replayed: true, existing: false, version: 7n });
    expect(requests).toEqual(Array(5).fill(['id-1', 'e', 1]));
  });

  it('is not repeated on a stale etag, nor on a conflict', async () => {
    for (const refused of [
      refusal(status.ABORTED, 'ETAG_MISMATCH', 0n),
      refusal(status.FAILED_PRECONDITION, 'FINGERPRINT_CONFLICT', 0n),
    ]) {
      let attempts = 0;
      const client = await fake({
        registerManifest: () => {
          attempts += 1;
          throw refused;
        },
      });
      expect(await reasonOf(client.registerManifest({ name: 'a' }))).toBe(refused.message);
      expect(attempts).toBe(1);
    }
  });

  it('counts an answer that was too large, or reset, as lost', async () => {
    for (const text of ['Received message larger than max (9 vs 4)', 'Bandwidth exhausted or']) {
      const error = fault(status.RESOURCE_EXHAUSTED, text);
      const client = await fake(
        { registerManifest: () => failing([error], registerResponse({})) },
        { retry: { maxAttempts: 1 } },
      );
      expect(await reasonOf(client.registerManifest({ name: 'a' }))).toBe('OUTCOME_UNKNOWN');
    }
  });

  it('waits what the service asks for, and fails at once when there is no time for that', async () => {
    const runtime = new FakeRuntime();
    const slow = () => [refusal(status.UNAVAILABLE, 'NOT_READY', 7n)];
    let errors = slow();
    const client = await fake(
      { registerManifest: () => failing(errors, registerResponse({})) },
      { runtime },
    );
    await client.registerManifest({ name: 'a' });
    expect(runtime.monotonic()).toBe(7_000 + 0.5 * 200);
    errors = slow();
    const call = client.registerManifest({ name: 'a' }, { timeoutMs: 7_000 });
    expect(await reasonOf(call)).toBe('NOT_READY');
  });

  it('ends when the caller cancels, or the client is closed, between two attempts', async () => {
    let attempts = 0;
    const methods: FakeMethods = {
      registerManifest: () => {
        attempts += 1;
        throw refusal(status.UNAVAILABLE, 'OUTCOME_UNKNOWN');
      },
    };
    const abort = new AbortController();
    const whileWaiting = (action: () => void): CatalogClientOptions => ({
      runtime: Object.assign(new FakeRuntime(), { sleep: async () => action() }),
    });
    const cancelled = await fake(
      methods,
      whileWaiting(() => abort.abort()),
    );
    await expect(
      cancelled.registerManifest({ name: 'a', requestId: 'r' }, { signal: abort.signal }),
    ).rejects.toMatchObject({
      code: 'CANCELLED',
      reason: 'OUTCOME_UNKNOWN',
      metadata: { request_id: 'r' },
    });
    const closed = await fake(
      methods,
      whileWaiting(() => closed.close()),
    );
    await expect(closed.registerManifest({ name: 'a' })).rejects.toMatchObject({
      reason: 'OUTCOME_UNKNOWN',
      cause: { reason: 'CLIENT_CLOSED' },
    });
    expect(attempts).toBe(2);
  });

  it.each([
    ['the signal', ''],
    ['the end of its client', 'CLIENT_CLOSED'],
  ])('is woken by %s while it really waits', async (_, reason) => {
    const waiting = Promise.withResolvers<void>();
    const runtime: RetryRuntime = {
      ...systemRuntime,
      sleep(ms, signal) {
        waiting.resolve();
        return systemRuntime.sleep(ms, signal);
      },
    };
    const client = await fake(
      {
        registerManifest: () => {
          throw refusal(status.UNAVAILABLE, 'NOT_READY', 1_000n);
        },
      },
      { runtime },
    );
    const abort = new AbortController();
    const options = { signal: abort.signal, timeoutMs: 10_000_000 };
    const call = client.registerManifest({ name: 'a' }, options);
    await waiting.promise;
    if (reason === '') abort.abort();
    else client.close();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED', reason });
  });
});

describe('a repeated read', () => {
  it('is each page of an iteration, and a dry run', async () => {
    const unavailable = () => [refusal(status.UNAVAILABLE, 'NOT_READY')];
    const errors = { list: unavailable(), dryRun: unavailable(), get: unavailable() };
    const client = await fake({
      listManifests: () => failing(errors.list, listResponse({ manifests: [{ name: 'a' }] })),
      getManifest: () => failing(errors.get, getResponse({ manifest: { name: 'a' } })),
      registerManifest: () => failing(errors.dryRun, registerResponse({ version: 1n })),
    });
    const names: string[] = [];
    for await (const { name } of client.manifests()) names.push(name);
    expect(names).toEqual(['a']);
    expect((await client.getManifest({ name: 'a' })).manifest?.name).toBe('a');
    expect(await client.registerManifest({ name: 'a', validateOnly: true })).toMatchObject({
      version: 1n,
    });
  });

  it('survives a connection that breaks, and a service that restarts', async () => {
    const arrived = Promise.withResolvers<void>();
    const first = await startFake({
      getManifest: () => {
        arrived.resolve();
        return new Promise(() => {});
      },
    });
    const client = open(first.address, { retry: { maxAttempts: 20, maxDelayMs: 200 } });
    const call = client.getManifest({ name: 'a' });
    await arrived.promise;
    first.crash();
    const second = await startFake(
      { getManifest: () => getResponse({ manifest: { name: 'a' } }) },
      { port: Number(first.address.split(':')[1]) },
    );
    opened.push(() => second.close());
    expect((await call).manifest?.name).toBe('a');
  });
});

describe('a connection that failed', () => {
  it('is tried again soon enough for the next attempts to find the service', async () => {
    const methods = { listManifests: () => listResponse({}) };
    const gone = await startFake(methods);
    const port = Number(gone.address.split(':')[1]);
    await gone.close();
    // Waits of 100, 200 and 400 ms. grpc-js by itself would let 800 ms and more pass.
    const client = open(gone.address, {
      retry: { maxAttempts: 4 },
      runtime: {
        ...systemRuntime,
        random: () => 0.5,
        async sleep(ms, signal) {
          if (ms === 100) {
            const back = await startFake(methods, { port });
            opened.push(() => back.close());
          }
          await systemRuntime.sleep(ms, signal);
        },
      },
    });
    expect((await client.listManifests({})).manifests).toEqual([]);
  });
});
