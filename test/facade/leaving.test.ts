import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Registry } from '../../src/catalog/registry.ts';
import type { ServerLimits } from '../../src/server/limits.ts';
import type { RunningServer } from '../../src/server/server.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openRegistry, silentLog } from '../support/catalog.ts';
import { FaultyStore } from '../support/faulty-store.ts';
import { serve } from '../support/service.ts';
import { facadeClient, VERSIONS } from './client.ts';

const body = '{"schemaFingerprint":"fp"}';
const path = '/v1/manifests/a';
const json = { 'content-type': 'application/json' };

/** A service whose store does not answer once `blocked`, and what it logs. */
async function startService(limits: Partial<ServerLimits> = {}) {
  const store = new FaultyStore(createMemoryStore());
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  const { promise: warned, resolve: onWarned } = Promise.withResolvers<object>();
  const registry: Registry = await openRegistry({ store, shared: true });
  const log = { ...silentLog, warn: onWarned };
  const server = await serve(registry, { log, limits });
  const block = () => {
    store.always = () => {
      onAsked();
      return new Promise(() => {});
    };
  };
  return { server, registry, block, asked, warned };
}

describe.each(VERSIONS)('a client that leaves, over %s', (version) => {
  let server: RunningServer;
  afterEach(() => server.drain(0));

  /** Sends the headers and that much of a body; gives what breaks the request off. */
  function begin(sent: string, ends: boolean) {
    if (version === 'HTTP/1.1') {
      const { promise: ended, resolve: onEnd } = Promise.withResolvers<void>();
      const request = http.request({ port: server.port, method: 'PUT', path, headers: json });
      request.on('error', () => {});
      request.on('close', onEnd);
      request.write(sent);
      if (ends) request.end();
      return { leave: () => request.destroy(), ended };
    }
    const session = http2.connect(`http://127.0.0.1:${server.port}`);
    const stream = session.request({ ':method': 'PUT', ':path': path, ...json });
    stream.on('error', () => {});
    stream.on('close', () => session.close());
    stream.write(sent);
    if (ends) stream.end();
    // Unlike close(), destroy() does not end the request before it resets the stream.
    return { leave: () => stream.destroy(), ended: once(stream, 'close') };
  }

  it('is told to the call, which is logged as any call is', async () => {
    const service = await startService();
    ({ server } = service);
    service.block();
    const { leave, ended } = begin(body, true);
    await service.asked;
    leave();
    await ended;
    expect(await service.warned).toMatchObject({
      rpc: 'catalogd.v1.CatalogService/RegisterManifest',
      code: 'Canceled',
      err: { reason: 'OUTCOME_UNKNOWN' },
    });
  });

  it('has registered nothing if its body was not over, though it was JSON', async () => {
    const service = await startService();
    ({ server } = service);
    const { leave, ended } = begin(body, false);
    await facadeClient(server, version)('GET', path);
    leave();
    await ended;
    const { json: page } = await facadeClient(server, version)('GET', '/v1/manifests');
    expect(page.manifests).toEqual([]);
  });

  it('is ended if its body takes too long', async () => {
    const service = await startService({ headersTimeoutMs: 100, requestTimeoutMs: 100 });
    ({ server } = service);
    await begin(body, false).ended;
    expect(service.registry.size).toBe(0);
  });

  it('is answered at the end of the service, as long as it waits', async () => {
    const service = await startService();
    ({ server } = service);
    service.block();
    const answer = facadeClient(server, version)('GET', path);
    await service.asked;
    await server.drain(300);
    const { status, json: problem } = await answer;
    expect([status, problem.reason]).toEqual([503, 'NOT_READY']);
    expect(problem.detail).toContain('shutting down');
  });
});
