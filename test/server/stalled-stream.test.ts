import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Registry } from '../../src/catalog/registry.ts';
import type { Log } from '../../src/server/log.ts';
import type { RunningServer } from '../../src/server/server.ts';
import { openRegistry, patient, registerCall, silentLog } from '../support/catalog.ts';
import { serve } from '../support/service.ts';

const PATH = '/catalogd.v1.CatalogService/WatchManifests';
/** Enough manifests of 12 KB to fill whatever is buffered between the service and a client. */
const MANIFESTS = 1_000;
const labels = new Map(Array.from({ length: 60 }, (_, i) => [`k${i}`, 'v'.repeat(200)]));

let registry: Registry;
let server: RunningServer;
const errors: string[] = [];
const log = { ...silentLog, error: (_: object, message: string) => errors.push(message) } as Log;

beforeAll(async () => {
  registry = await openRegistry();
  for (let i = 0; i < MANIFESTS; i++) {
    await registry.register(registerCall({ name: `n/${i}`, labels }), patient);
  }
});
beforeEach(async () => {
  server = await serve(registry, { log });
  errors.length = 0;
});
afterEach(() => server.drain(0));

/** Watches over bare HTTP/2, and reads nothing but the headers. */
async function stalledHttp2() {
  const session = http2.connect(`http://127.0.0.1:${server.port}`);
  session.on('error', () => {});
  const stream = session.request({
    ':method': 'POST',
    ':path': PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => {});
  stream.pause();
  stream.end(Buffer.alloc(5));
  await once(stream, 'response');
  return { stream, destroy: () => session.destroy() };
}

/** The same over HTTP/1.1. */
async function stalledHttp1() {
  const headers = { 'content-type': 'application/connect+proto', 'connect-protocol-version': '1' };
  const request = http.request({ port: server.port, method: 'POST', path: PATH, headers });
  request.on('error', () => {});
  request.end(Buffer.alloc(5));
  const [response] = await once(request, 'response');
  response.on('error', () => {});
  response.pause();
  return { destroy: () => request.destroy() };
}

/** Waits until a stream holds as much as is made for a client that does not read. */
const stalled = () => sleep(200);

async function untilNoneWatches(): Promise<void> {
  while (registry.watchers > 0) await sleep(5);
}

describe('a stream whose client does not read', () => {
  it.each([
    ['HTTP/2', stalledHttp2],
    ['HTTP/1.1', stalledHttp1],
  ])('does not hold up a drain over %s', async (_, watch) => {
    const client = await watch();
    await stalled();
    expect(registry.watchers).toBe(1);
    // A bound that it must not need: the test would time out.
    await server.drain(120_000);
    await untilNoneWatches();
    client.destroy();
  });

  it('is no error of the service when the client resets it', async () => {
    const { stream, destroy } = await stalledHttp2();
    await stalled();
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await untilNoneWatches();
    await stalled();
    expect(errors).toEqual([]);
    destroy();
  });

  it('is no error of the service when its connection breaks', async () => {
    for (const watch of [stalledHttp2, stalledHttp1]) {
      const client = await watch();
      await stalled();
      client.destroy();
      await untilNoneWatches();
      await stalled();
    }
    expect(errors).toEqual([]);
  });
});
