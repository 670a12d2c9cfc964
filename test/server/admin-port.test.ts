import { once } from 'node:events';
import http2 from 'node:http2';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Admission } from '../../src/rpc/admission.ts';
import { Readiness } from '../../src/server/readiness.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/server/server.ts';
import { silentLog } from '../support/catalog.ts';
import { rawConnect } from './support.ts';

const running: RunningServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.drain(1_000);
});

async function start(options: Partial<ServerOptions> = {}) {
  const readiness = new Readiness();
  readiness.set('ready');
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    routes: () => {},
    admission: Admission.open,
    readiness,
    metrics: { contentType: 'text/plain', render: async () => 'calls 1\n' },
    log: silentLog,
    ...options,
  });
  running.push(server);
  return { server, readiness };
}

async function statuses(port: number): Promise<number[]> {
  const answers = [];
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    answers.push((await fetch(`http://127.0.0.1:${port}${path}`)).status);
  }
  return answers;
}

describe('the probes and metrics', () => {
  it('are on the port of the service', async () => {
    const { server } = await start();
    expect(await statuses(server.port)).toEqual([200, 200, 200]);
    expect(server.admin).toBeUndefined();
  });

  it('move to a port of their own, and nothing else does', async () => {
    const { server, readiness } = await start({ admin: { host: '127.0.0.1', port: 0 } });
    const port = server.admin?.port ?? 0;
    expect(await statuses(port)).toEqual([200, 200, 200]);
    expect(await statuses(server.port)).toEqual([404, 404, 404]);
    const facade = await fetch(`http://127.0.0.1:${port}/v1/manifests`);
    expect(facade.status).toBe(404);
    readiness.set('failed', 'no store');
    expect(await statuses(port)).toEqual([200, 503, 200]);
  });

  it('answer until the service has ended', async () => {
    const { server } = await start({ admin: { host: '127.0.0.1', port: 0 } });
    const port = server.admin?.port ?? 0;
    // Holds the drain up for as long as a connection may linger.
    const busy = await rawConnect(server.port);
    busy.write('GET /nothing HTTP/1.1\r\n');
    const drained = server.drain(10_000);
    expect(await statuses(port)).toEqual([200, 503, 200]);
    await drained;
    await expect(rawConnect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    busy.destroy();
  });

  it('hold no port when the service gets none', async () => {
    const { server } = await start({ admin: { host: '127.0.0.1', port: 0 } });
    const taken = start({ port: server.port, admin: { host: '127.0.0.2', port: 0 } });
    await expect(taken).rejects.toMatchObject({ name: 'ListenError' });
  });

  it('do not hold up the end for a client that does not read them', async () => {
    const { server } = await start({ admin: { host: '127.0.0.1', port: 0 } });
    const settings = { initialWindowSize: 0 };
    const session = http2.connect(`http://127.0.0.1:${server.admin?.port}`, { settings });
    session.on('error', () => {});
    const stream = session.request({ ':path': '/metrics' });
    stream.on('error', () => {});
    await once(stream, 'response');
    // A bound that it must not need: the test would time out.
    await server.drain(120_000);
    session.destroy();
  });
});
