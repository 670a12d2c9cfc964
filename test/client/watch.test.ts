import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { WatchManifestsRequest } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import {
  type CatalogClientOptions,
  createCatalogClient,
  type RetryRuntime,
  type WatchState,
} from '../../src/client/client.ts';
import {
  type FakeMethods,
  type FakeService,
  fault,
  startFake,
  watchResponse,
} from './fake-service.ts';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const SILENCE_MS = 30_000;

/** Sleeps between attempts take no time; silence lasts until the test says so. */
class WatchRuntime implements RetryRuntime {
  readonly slept: number[] = [];
  readonly #waiting = new Set<() => void>();
  monotonic() {
    return 0;
  }
  random() {
    return 0.5;
  }
  async sleep(ms: number, signal: AbortSignal | undefined) {
    if (ms !== SILENCE_MS) {
      this.slept.push(ms);
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    signal?.addEventListener('abort', () => resolve());
    await promise;
    this.#waiting.delete(resolve);
  }
  passSilence() {
    for (const wake of this.#waiting) wake();
  }
}

const synced = (resumeToken: string) =>
  watchResponse({ event: { case: 'synced', value: {} }, resumeToken });
const put = (name: string, resumeToken: string) =>
  watchResponse({ event: { case: 'put', value: { name, etag: resumeToken } }, resumeToken });
const refusal = (code: status, reason: string) =>
  fault(code, reason, { info: { domain: 'catalogd', reason } });
const never = () => new Promise<never>(() => {});

type Script = (request: WatchManifestsRequest) => AsyncGenerator<ReturnType<typeof synced>>;

/** A fake whose streams follow these scripts, one after the other. */
async function scripted(scripts: Script[], options: CatalogClientOptions = {}) {
  const requests: WatchManifestsRequest[] = [];
  const methods: FakeMethods = {
    watchManifests: (request: WatchManifestsRequest) => {
      requests.push(request);
      const script = scripts.shift();
      if (script === undefined) throw refusal(status.INVALID_ARGUMENT, 'END_OF_SCRIPT');
      return script(request);
    },
  };
  const service: FakeService = await startFake(methods);
  opened.push(() => service.close());
  const runtime = new WatchRuntime();
  const client = createCatalogClient({ address: service.address, runtime, ...options });
  opened.push(() => client.close());
  const states: WatchState[] = [];
  const cancel = new AbortController();
  const watching = client.watchManifests(
    { prefix: 'p/' },
    { signal: cancel.signal, onStateChange: (state) => states.push(state) },
  );
  return { service, client, runtime, requests, states, cancel, watching };
}

/** The types of all events, and the reason for which the iteration ended. */
async function toEnd(watching: AsyncIterable<{ type: string }>) {
  const types: string[] = [];
  try {
    for await (const { type } of watching) types.push(type);
  } catch (error) {
    return { types, error: error as { code: string; reason: string } };
  }
  return { types, error: undefined };
}

describe('a watch', () => {
  it.each([
    ['the service goes away', () => refusal(status.UNAVAILABLE, 'NOT_READY')],
    ['it was too slow', () => refusal(status.RESOURCE_EXHAUSTED, 'WATCH_TOO_SLOW')],
    ['its caller has too many', () => refusal(status.RESOURCE_EXHAUSTED, 'TOO_BUSY')],
    ['the connection breaks', () => fault(status.INTERNAL, 'Received RST_STREAM')],
  ])('begins again with the latest token when %s', async (_, error) => {
    const { watching, requests, states, runtime } = await scripted([
      async function* () {
        yield synced('t1');
        yield put('p/a', 't2');
        throw error();
      },
      async function* () {
        yield put('p/b', '');
        yield synced('t3');
        throw error();
      },
    ]);
    const { types, error: end } = await toEnd(watching);
    expect(types).toEqual(['synced', 'put', 'put', 'synced']);
    expect(end).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'END_OF_SCRIPT' });
    expect(requests.map(({ prefix, resumeToken }) => [prefix, resumeToken])).toEqual([
      ['p/', ''],
      ['p/', 't2'],
      ['p/', 't3'],
    ]);
    expect(states.map(({ state }) => state)).toEqual([
      ...['connected', 'disconnected', 'connected', 'disconnected'],
    ]);
    // Each success begins the waits anew.
    expect(runtime.slept).toEqual([100, 100]);
  });

  it('begins again with a new token when the one it has ends, and gives up when that is refused', async () => {
    let asked = 0;
    const { watching, requests, states } = await scripted(
      [
        async function* () {
          yield synced('t1');
          throw refusal(status.UNAUTHENTICATED, 'UNAUTHENTICATED');
        },
        async function* () {
          yield synced('t2');
          throw refusal(status.UNAUTHENTICATED, 'UNAUTHENTICATED');
        },
        async function* () {
          yield* [];
          throw refusal(status.UNAUTHENTICATED, 'UNAUTHENTICATED');
        },
      ],
      { token: () => `token-${++asked}` },
    );
    const { types, error } = await toEnd(watching);
    expect(types).toEqual(['synced', 'synced']);
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(requests.map(({ resumeToken }) => resumeToken)).toEqual(['', 't1', 't2']);
    expect(asked).toBe(3);
    expect(states).toHaveLength(4);
  });

  it('begins again when the service ends the stream, and when the process dies', async () => {
    const { watching, service, requests } = await scripted([
      async function* () {
        yield synced('t1');
      },
      async function* () {
        yield synced('t2');
        await never();
      },
    ]);
    const events = [await watching.next(), await watching.next()];
    expect(events.map(({ value }) => value?.type)).toEqual(['synced', 'synced']);
    const next = watching.next();
    expect(requests).toHaveLength(2);
    service.crash();
    const port = Number(service.address.split(':')[1]);
    const again = await startFake(
      {
        watchManifests: async function* ({ resumeToken }: WatchManifestsRequest) {
          yield put(resumeToken, 't3');
          await never();
        },
      },
      { port },
    );
    opened.push(() => again.close());
    expect((await next).value).toMatchObject({ type: 'put', manifest: { name: 't2' } });
  });

  it('takes a service for dead of which nothing is heard for three heartbeats', async () => {
    const { watching, runtime, states } = await scripted([
      async function* () {
        yield synced('t1');
        yield watchResponse({ event: { case: 'heartbeat', value: {} }, resumeToken: 't2' });
        await never();
      },
      async function* ({ resumeToken }) {
        yield put(resumeToken, 't3');
        await never();
      },
    ]);
    await watching.next();
    const next = watching.next();
    // The heartbeat has to arrive first, and it does not show.
    await new Promise((resolve) => setTimeout(resolve, 200));
    runtime.passSilence();
    expect((await next).value).toMatchObject({ type: 'put', manifest: { name: 't2' } });
    expect(states[1]).toMatchObject({ error: { code: 'UNAVAILABLE' }, retryInMs: 100 });
  });

  it('gives up an address where it has never heard a thing, after as many attempts as a call', async () => {
    const { watching, service, runtime, requests } = await scripted([]);
    await service.close();
    const { error } = await toEnd(watching);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', reason: '' });
    expect(runtime.slept).toEqual([100, 200, 400, 800]);
    expect(requests).toEqual([]);
  });

  it('goes on trying for ever where it has', async () => {
    const down: Script[] = Array.from(
      { length: 20 },
      () =>
        async function* () {
          yield* [];
          throw refusal(status.UNAVAILABLE, 'NOT_READY');
        },
    );
    const { watching, runtime } = await scripted([
      async function* () {
        yield synced('t1');
        throw refusal(status.UNAVAILABLE, 'NOT_READY');
      },
      ...down,
      async function* () {
        yield synced('t2');
        await never();
      },
    ]);
    await watching.next();
    expect((await watching.next()).value).toMatchObject({ type: 'synced' });
    expect(runtime.slept.slice(0, 6)).toEqual([100, 200, 400, 800, 1_600, 2_500]);
    expect(runtime.slept).toHaveLength(21);
  });

  it('ends as CANCELLED when it is told to, and as CLIENT_CLOSED with its client', async () => {
    const quiet: Script = async function* () {
      yield synced('t1');
      await never();
    };
    const one = await scripted([quiet]);
    await one.watching.next();
    const ended = one.watching.next();
    one.cancel.abort();
    await expect(ended).rejects.toMatchObject({ code: 'CANCELLED', reason: '' });
    const other = await scripted([quiet]);
    await other.watching.next();
    const closed = other.watching.next();
    other.client.close();
    await expect(closed).rejects.toMatchObject({ code: 'CANCELLED', reason: 'CLIENT_CLOSED' });
  });

  it('lets go of the stream when nobody iterates any more', async () => {
    const left = Promise.withResolvers<void>();
    const { watching } = await scripted([
      async function* () {
        try {
          for (let i = 0; ; i++) {
            yield put(`p/${i}`, `t${i}`);
            await new Promise((resolve) => setImmediate(resolve));
          }
        } finally {
          left.resolve();
        }
      },
    ]);
    for await (const event of watching) if (event.type === 'put') break;
    await left.promise;
    expect(await watching.next()).toEqual({ done: true, value: undefined });
  });
});
