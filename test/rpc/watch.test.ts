import { connect as connectHttp2 } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  WatchManifestsRequestSchema,
  type WatchManifestsResponse,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { RegistryOptions } from '../../src/catalog/registry-options.ts';
import { Admission } from '../../src/rpc/admission.ts';
import { catalogMethods } from '../../src/rpc/catalog-service.ts';
import { INDEX_AGE_HEADER, StatusError } from '../../src/rpc/chain.ts';
import { CALL_ID_HEADER } from '../../src/rpc/served-call.ts';
import { systemRuntime } from '../../src/server/system-runtime.ts';
import {
  leavingCaller,
  openRegistry,
  patient,
  registerCall,
  silentLog,
} from '../support/catalog.ts';
import { incomingCall } from '../support/incoming-call.ts';
import { clientOf, PROTOCOLS, type ServeOptions, serve } from '../support/service.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function service(
  { watch = {}, ...options }: Partial<RegistryOptions> = {},
  serveOptions: ServeOptions = {},
) {
  const registry = await openRegistry({ runtime: systemRuntime, watch, ...options });
  const server = await serve(registry, serveOptions);
  closing.push(() => server.drain(0));
  const put = (name: string) => registry.register(registerCall({ name }), patient);
  return { registry, server, put };
}

/** An event in short: `put a@1`. */
function inShort({ event }: WatchManifestsResponse): string {
  if (event.case === 'put') return `put ${event.value.name}@${event.value.version}`;
  if (event.case === 'removed') return `removed ${event.value.name}@${event.value.version}`;
  return event.case ?? 'nothing';
}

function reading(stream: AsyncIterable<WatchManifestsResponse>) {
  const iterator = stream[Symbol.asyncIterator]();
  const next = async (): Promise<WatchManifestsResponse> => (await iterator.next()).value;
  const several = async (count: number) => {
    const events: WatchManifestsResponse[] = [];
    while (events.length < count) events.push(await next());
    return events;
  };
  return { next, several };
}

/** Waits until it is so, which it will be soon. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe.each(Object.keys(PROTOCOLS))('over %s', (protocol) => {
  it('streams the state, each change, and from a token what has changed since', async () => {
    const { server, put } = await service();
    await put('a/1');
    await put('b');
    const client = clientOf(protocol, server);
    const { several } = reading(client.watchManifests({ prefix: 'a/' }));
    const first = await several(2);
    expect(first.map(inShort)).toEqual(['put a/1@1', 'synced']);
    expect(first[0]?.event.value).toMatchObject({ objects: [], objectsOmitted: true });
    await put('b');
    await put('a/2');
    const [change] = await several(1);
    expect(change && inShort(change)).toBe('put a/2@1');
    const resumeToken = first[1]?.resumeToken ?? '';
    const again = reading(client.watchManifests({ prefix: 'a/', resumeToken }));
    expect((await again.several(2)).map(inShort)).toEqual(['put a/2@1', 'synced']);
  });

  it('goes on beyond the default deadline, and no longer than its own', async () => {
    const { server, put } = await service({}, { defaultTimeoutMs: 20 });
    const client = clientOf(protocol, server);
    const own = reading(
      client.watchManifests(
        {},
        { headers: { 'grpc-timeout': '100m', 'connect-timeout-ms': '100' } },
      ),
    );
    const none = reading(client.watchManifests({}));
    await own.next();
    await none.next();
    await expect(own.next()).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    await put('a');
    expect(inShort(await none.next())).toBe('put a@1');
  });

  it('ends with UNAVAILABLE as soon as the server begins to drain', async () => {
    const { server, registry } = await service();
    const streams = [1, 2, 3].map(() => reading(clientOf(protocol, server).watchManifests({})));
    for (const stream of streams) await stream.next();
    const drained = server.drain(20_000);
    for (const stream of streams) {
      const error = await stream.next().catch((reason: unknown) => ConnectError.from(reason));
      expect(error).toMatchObject({ code: Code.Unavailable });
      expect(String(error)).toContain('shutting down');
    }
    expect(registry.watchers).toBe(0);
    await drained;
  });

  it('is forgotten when its client leaves', async () => {
    const { server, registry } = await service();
    const leave = new AbortController();
    const stream = reading(clientOf(protocol, server).watchManifests({}, { signal: leave.signal }));
    await stream.next();
    expect(registry.watchers).toBe(1);
    leave.abort();
    await expect(stream.next()).rejects.toMatchObject({ code: Code.Canceled });
    await until(() => registry.watchers === 0);
  });
});

/** A client of WatchManifests over bare HTTP/2 that reads nothing but the headers, until told to. */
async function stalledWatch(port: number) {
  const session = connectHttp2(`http://127.0.0.1:${port}`, {
    settings: { initialWindowSize: 1_000 },
  });
  session.on('error', () => {});
  const stream = session.request({
    ':method': 'POST',
    ':path': '/catalogd.v1.CatalogService/WatchManifests',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => {});
  const body = toBinary(WatchManifestsRequestSchema, create(WatchManifestsRequestSchema));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  stream.end(Buffer.concat([head, body]));
  await new Promise((resolve) => stream.once('response', resolve));
  return { session, stream };
}

describe('a client that does not read', () => {
  it('is ended once more names have changed than are kept; others are told all the while', async () => {
    const { server, put, registry } = await service({ watch: { maxPending: 100 } });
    const { session, stream } = await stalledWatch(server.port);
    const { next } = reading(clientOf('gRPC', server).watchManifests({}));
    await next();
    for (let i = 0; i < 600; i++) {
      await put(`n${i}`);
      expect(inShort(await next())).toBe(`put n${i}@1`);
    }
    expect(registry.watchers).toBe(2);
    const trailers = new Promise<Record<string, unknown>>((resolve) => {
      stream.once('trailers', resolve);
    });
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    expect((await trailers)['grpc-status']).toBe(String(Code.ResourceExhausted));
    expect((await trailers)['grpc-message']).toContain('100 names');
    // What was made before it stalled: the pull stops where nobody reads.
    expect(bytes).toBeLessThan(200_000);
    await until(() => registry.watchers === 1);
    session.destroy();
  });

  it('takes no watcher any more when its connection is gone', async () => {
    const { server, put, registry } = await service();
    const { session } = await stalledWatch(server.port);
    for (let i = 0; i < 300; i++) await put(`n${i}`);
    expect(registry.watchers).toBe(1);
    session.destroy();
    await until(() => registry.watchers === 0);
  });
});

it('a client that does not read does not hold up the end of the server', async () => {
  const { server, put, registry } = await service();
  await stalledWatch(server.port);
  for (let i = 0; i < 300; i++) await put(`n${i}`);
  // Far longer than the test may take.
  await server.drain(60_000);
  expect(registry.watchers).toBe(0);
}, 15_000);

describe('the chain round a stream', () => {
  async function chained(options: Partial<RegistryOptions> = {}) {
    const registry = await openRegistry({ runtime: systemRuntime, ...options });
    const observed: string[] = [];
    const methods = catalogMethods({
      admission: Admission.open,
      registry,
      log: silentLog,
      defaultTimeoutMs: 10,
      observe: (rpc, code, reason) => void observed.push(`${rpc} ${code} ${reason}`),
      monotonic: () => 0,
    });
    const { caller, leave } = leavingCaller('canceled');
    const { call, headers } = incomingCall(caller);
    const request = create(WatchManifestsRequestSchema);
    return { stream: methods.watchManifests(request, call), observed, headers, leave };
  }
  const RPC = 'catalogd.v1.CatalogService/WatchManifests';

  it('tells its id and the age of the index at once, and observes once how it ended', async () => {
    const { stream, observed, headers, leave } = await chained();
    await stream.next();
    expect(headers.get(INDEX_AGE_HEADER)).toBe('0');
    expect(headers.get(CALL_ID_HEADER)).toMatch(/^[0-9a-f-]{36}$/);
    expect(observed).toEqual([]);
    leave();
    await expect(stream.next()).rejects.toBeInstanceOf(StatusError);
    await stream.next();
    expect(observed).toEqual([`${RPC} Canceled CANCELED`]);
  });

  it('counts a stream that nobody asks for more as cancelled', async () => {
    const { stream, observed } = await chained();
    await stream.next();
    await stream.return();
    expect(observed).toEqual([`${RPC} Canceled CANCELED`]);
  });

  it('counts a connection that broke as cancelled, whatever it broke with', async () => {
    const { stream, observed, leave } = await chained();
    await stream.next();
    leave();
    await expect(stream.throw(new Error('ECONNRESET'))).rejects.toBeInstanceOf(StatusError);
    expect(observed).toEqual([`${RPC} Canceled CANCELED`]);
  });

  it('refuses as any call is refused', async () => {
    const { stream, observed } = await chained({ watch: { maxWatchers: 0 } });
    await expect(stream.next()).rejects.toMatchObject({ status: { code: Code.ResourceExhausted } });
    expect(observed).toEqual([`${RPC} ResourceExhausted TOO_MANY_WATCHERS`]);
  });
});
