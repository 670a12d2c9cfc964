import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { rawConnect, readAll, sleep, startTestServer, type TestServer } from './support.ts';

const SERVICE = '/catalogd.v1.CatalogService';
const BODY = `{"name":"${'n'.repeat(200_000)}"}`;

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(async () => {
  await server.drain(0);
});

function post(method: string, body = '{}', headers = ''): string {
  const length = `content-length: ${body.length}`;
  const type = 'content-type: application/json';
  return `POST ${SERVICE}/${method} HTTP/1.1\r\nhost: a\r\n${type}\r\n${length}\r\n${headers}\r\n${body}`;
}

it('a request waits until those ahead of it on its HTTP/1.1 connection are answered', async () => {
  const socket = await rawConnect(server.port);
  const reads = `${post('GetManifest')}${post('GetManifest', BODY, 'connection: close\r\n')}`;
  socket.write(`${post('RegisterManifest')}${reads}`);
  await server.gate.entered;
  // Another connection is not held up, and what came before its answer has been looked at.
  await fetch(`${server.url}/healthz`);
  expect(server.load().requests).toBe(3);
  expect(server.peers).toEqual([]);

  server.gate.open();
  const answers = await readAll(socket);
  expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
  expect(answers).toContain(BODY.slice(2, 1_000));
  expect(server.peers).toHaveLength(2);
});

it('a connection on which too many requests wait is cut, and none of them is served', async () => {
  const socket = await rawConnect(server.port);
  socket.write(post('RegisterManifest') + post('GetManifest').repeat(1_000));
  expect(await readAll(socket)).toBe('');
  server.gate.open();
  await fetch(`${server.url}/healthz`);
  expect(server.load()).toMatchObject({ requests: 0 });
  expect(server.peers).toEqual([]);
});

it('what waits on a connection that its client has cut is given up', async () => {
  const socket = await rawConnect(server.port);
  socket.write(post('RegisterManifest') + post('GetManifest').repeat(10));
  await server.gate.entered;
  socket.destroy();
  while (server.load().connections > 0) await sleep(5);
  server.gate.open();
  await fetch(`${server.url}/healthz`);
  expect(server.load().requests).toBe(0);
  expect(server.peers).toEqual([]);
});
