import { connect, createServer, type Server, type Socket } from 'node:net';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CatalogClientError,
  type CatalogClientOptions,
  createCatalogClient,
} from '../../src/client/client.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openRegistry } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { FaultyStore } from '../support/faulty-store.ts';
import { serve } from '../support/service.ts';
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

  it('is woken by the signal while it really waits', async () => {
    const arrived = Promise.withResolvers<void>();
    const service = await startFake({
      registerManifest: () => {
        arrived.resolve();
        throw refusal(status.UNAVAILABLE, 'NOT_READY', 1_000n);
      },
    });
    opened.push(() => service.close());
    const abort = new AbortController();
    const call = open(service.address).registerManifest(
      { name: 'a' },
      { signal: abort.signal, timeoutMs: 10_000_000 },
    );
    await arrived.promise;
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
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

describe('against the service itself', () => {
  /** Passes bytes on until all of its connections are cut. */
  async function startProxy(port: number) {
    const sockets = new Set<Socket>();
    const proxy: Server = createServer((incoming) => {
      const outgoing = connect(port, '127.0.0.1');
      for (const socket of [incoming, outgoing]) {
        sockets.add(socket);
        socket.on('error', () => {});
      }
      incoming.pipe(outgoing).pipe(incoming);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const cut = () => {
      for (const socket of sockets) socket.destroy();
    };
    opened.push(() => {
      cut();
      return new Promise((resolve) => proxy.close(resolve));
    });
    const { port: own } = proxy.address() as { port: number };
    return { address: `127.0.0.1:${own}`, cut };
  }

  it('a write that landed before the connection broke is answered as replayed, and done once', async () => {
    const store = new FaultyStore(createMemoryStore());
    const server = await serve(await openRegistry({ store }));
    opened.push(() => server.drain(0));
    const proxy = await startProxy(server.port);
    store.putFaults.push(async ({ pass }) => {
      const result = await pass();
      proxy.cut();
      return result;
    });
    const client = open(proxy.address);
    const write = { name: 'a', schemaFingerprint: 'f', expectedEtag: '' };
    expect(await client.registerManifest(write)).toMatchObject({
      replayed: true,
      existing: false,
      version: 1n,
      manifest: { name: 'a', version: 1n },
    });
    expect(store.calls.filter((call) => call.startsWith('put'))).toHaveLength(1);

    const { manifest } = await client.getManifest({ name: 'a' });
    store.putFaults.push(async ({ pass }) => {
      const result = await pass();
      proxy.cut();
      return result;
    });
    // The second attempt meets its own new etag: the request id is looked at first.
    const conditional = { ...write, expectedEtag: manifest?.etag ?? '' };
    expect(await client.registerManifest(conditional)).toMatchObject({
      replayed: true,
      existing: true,
      version: 2n,
    });
    expect(await reasonOf(client.registerManifest(conditional))).toBe('ETAG_MISMATCH');
  });
});
