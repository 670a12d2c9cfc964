import { once } from 'node:events';
import http2 from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Admission } from '../../src/rpc/admission.ts';
import { Readiness } from '../../src/server/readiness.ts';
import { startServer } from '../../src/server/server.ts';

const nothing = () => {};
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

describe.each(['HTTP/1.1', 'h2c'])('the plain HTTP resources over %s', (version) => {
  const readiness = new Readiness();
  let server: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    server = await startServer({
      admission: Admission.open,
      host: '127.0.0.1',
      port: 0,
      routes: nothing,
      readiness,
      log,
    });
  });
  afterAll(async () => {
    await server.drain(1_000);
  });

  const call = async (method: string, path: string) => {
    const url = `http://127.0.0.1:${server.port}`;
    if (version === 'h2c') return callHttp2(url, method, path);
    const answer = await fetch(url + path, { method });
    const type = answer.headers.get('content-type');
    const length = answer.headers.get('content-length');
    return { status: answer.status, type, length, body: await answer.text() };
  };

  it('/healthz is 200 while the process lives', async () => {
    const { status, body } = await call('GET', '/healthz?verbose');
    expect([status, JSON.parse(body)]).toEqual([200, { status: 'ok' }]);
  });

  it('HEAD has the length but no body', async () => {
    expect(await call('HEAD', '/healthz')).toMatchObject({ status: 200, length: '16', body: '' });
  });

  it('/readyz says whether calls are served, and why not', async () => {
    readiness.set('starting', 'loading');
    const starting = await call('GET', '/readyz');
    readiness.set('ready');
    const ready = await call('GET', '/readyz');
    readiness.set('failed', 'the store is away');
    const failed = await call('GET', '/readyz');
    expect([starting.status, JSON.parse(starting.body)]).toEqual([
      503,
      { status: 'starting', reason: 'loading' },
    ]);
    expect([ready.status, JSON.parse(ready.body)]).toEqual([200, { status: 'ready' }]);
    expect([failed.status, JSON.parse(failed.body)]).toEqual([
      503,
      { status: 'failed', reason: 'the store is away' },
    ]);
  });

  it('another method is 405, another path 404, each a problem document', async () => {
    const wrongMethod = await call('DELETE', '/healthz');
    const wrongPath = await call('GET', '/healthz/');
    expect(wrongMethod).toMatchObject({ status: 405, type: 'application/problem+json' });
    expect(wrongPath).toMatchObject({ status: 404, type: 'application/problem+json' });
    expect(JSON.parse(wrongPath.body)).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'There is nothing at "/healthz/".',
    });
  });
});

async function callHttp2(url: string, method: string, path: string) {
  const session = http2.connect(url);
  const stream = session.request({ ':method': method, ':path': path });
  stream.end();
  const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  let body = '';
  for await (const chunk of stream) body += chunk;
  session.close();
  return {
    status: headers[':status'],
    type: headers['content-type'],
    length: headers['content-length'],
    body,
  };
}
