import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Registry } from '../../src/catalog/registry.ts';
import type { RunningServer } from '../../src/server/server.ts';
import { rawConnect, readAll } from '../server/support.ts';
import { openRegistry, patient, registerCall } from '../support/catalog.ts';
import { serve } from '../support/service.ts';
import { checked, type FacadeAnswer } from './client.ts';

/** Requests as bytes, where a client of HTTP would tidy them up. */
describe('requests as they come', () => {
  let server: RunningServer;
  let registry: Registry;
  beforeAll(async () => {
    registry = await openRegistry();
    await registry.register(registerCall(), patient);
    server = await serve(registry, { limits: { readMaxBytes: 1_000 } });
  });
  afterAll(() => server.drain(0));

  /** Sends the bytes, and then the end of them if told so; gives all that is answered. */
  async function exchange(bytes: string, ends = false): Promise<string> {
    const socket = await rawConnect(server.port);
    const answer = readAll(socket);
    socket.write(bytes, 'latin1');
    if (ends) socket.end();
    return answer;
  }

  /** Sends one request on a connection of its own. The answer is checked as any client's is. */
  async function request(line: string, headers: readonly string[] = [], body = '') {
    const head = [`${line} HTTP/1.1`, 'host: x', 'connection: close', ...headers];
    const text = await exchange(`${head.join('\r\n')}\r\n\r\n${body}`);
    const [method = '', target = ''] = line.split(' ');
    return parse(method, target, text);
  }

  function parse(method: string, target: string, text: string): FacadeAnswer {
    const end = text.indexOf('\r\n\r\n');
    const [first = '', ...lines] = text.slice(0, end).split('\r\n');
    const headers = lines.map((each) => {
      const at = each.indexOf(': ');
      return [each.slice(0, at).toLowerCase(), each.slice(at + 2)];
    });
    return checked(method, target, {
      status: Number(first.split(' ')[1]),
      headers: Object.fromEntries(headers),
      text: Buffer.from(text.slice(end + 4), 'latin1').toString(),
    });
  }

  const json = 'content-type: application/json';
  const valid = '{"schemaFingerprint":"fp"}';
  const length = `content-length: ${valid.length}`;

  it.each([
    ['/v1/manifests/..%2fsales/orders', 400],
    ['/v1/manifests/../manifests/sales/orders', 400],
    ['/v1/manifests/%2e%2e/manifests/sales/orders', 400],
    ['/v1/manifests/sales/./orders', 400],
    ['/v1/manifests/sales//orders', 400],
    ['/v1/manifests/sales/orders%00', 400],
    ['/v1/x/../manifests/sales/orders', 404],
    ['//v1/manifests/sales/orders', 404],
    ['/v1/manifests/sales/orders', 200],
    ['/v1/manifests/sales%2Forders', 200],
    ['http://elsewhere.example/v1/manifests/sales/orders', 200],
    ['HTTP://elsewhere.example:80/v1/manifests?prefix=s', 200],
    ['https://elsewhere.example/v1/manifests/../x', 400],
    ['http://elsewhere.example', 404],
  ])('GET %s is answered with %i', async (target, status) => {
    expect((await request(`GET ${target}`)).status).toBe(status);
  });

  it.each(['/v1/manifests/caf\xc3\xa9', '/v1/manifests?prefix=caf\xc3\xa9', '/v1/manifests/a b'])(
    'leaves %j to the parser, which refuses it',
    async (target) => {
      const answer = await exchange(`GET ${target} HTTP/1.1\r\nhost: x\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  it('refuses a target beyond the limit of the headers', async () => {
    const answer = await exchange(
      `GET /v1/manifests/${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  it.each([
    ['if-match: "a"', 'If-Match: "a"', 'if-match', 'single etag'],
    ['idempotency-key: a', 'Idempotency-Key: a', 'idempotency-key', 'is there 2 times'],
    [json, 'Content-Type: text/plain', 'content-type', 'is there 2 times'],
  ])('refuses %s beside %s', async (one, other, field, description) => {
    const headers = [...new Set([json, length, one]), other];
    const { status, json: problem } = await request('PUT /v1/manifests/new', headers, valid);
    expect(status).toBe(400);
    expect(problem.violations).toEqual([
      { field, description: expect.stringContaining(description) },
    ]);
    expect(registry.size).toBe(1);
  });

  it('takes If-None-Match over several lines', async () => {
    const [, etag] =
      /"etag":("[^"]+")/.exec((await request('GET /v1/manifests/sales/orders')).text) ?? [];
    const headers = ['if-none-match: "x"', `if-none-match: ${etag}`];
    expect((await request('GET /v1/manifests/sales/orders', headers)).status).toBe(304);
  });

  it('takes a body in chunks, wherever they are cut', async () => {
    const chunks = [...valid].map((each) => `1;a=b\r\n${each}\r\n`).join('');
    const headers = [json, 'transfer-encoding: chunked'];
    const { status } = await request(
      'PUT /v1/manifests/sales/orders?validate_only=true',
      headers,
      `${chunks.replaceAll('fp', 'fp-1')}0\r\ntrailer: x\r\n\r\n`,
    );
    expect(status).toBe(409);
  });

  it.each([
    ['a length', `${json}\r\ncontent-length: 100`, valid],
    ['chunks', `${json}\r\ntransfer-encoding: chunked`, `1a\r\n${valid}\r\n`],
  ])('registers nothing from a body by %s that breaks off', async (_, headers, body) => {
    await exchange(
      `PUT /v1/manifests/broken HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n${body}`,
      true,
    );
    expect((await request('GET /v1/manifests/broken')).status).toBe(404);
  });

  it('leaves a request with two lengths to the parser, which refuses it', async () => {
    const headers = `${json}\r\n${length}\r\ntransfer-encoding: chunked`;
    const head = `PUT /v1/manifests/smuggled HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n`;
    expect(await exchange(`${head}${valid}`)).toMatch(/^HTTP\/1\.1 400 /);
    expect((await request('GET /v1/manifests/smuggled')).status).toBe(404);
  });

  it('answers the next request on the connection after one that it refused early', async () => {
    const body = 'x'.repeat(5_000);
    const first = `PUT /v1/manifests/a HTTP/1.1\r\nhost: x\r\n${json}\r\ncontent-length: ${body.length}`;
    const second = 'GET /openapi.yaml HTTP/1.1\r\nhost: x\r\nconnection: close';
    const answer = await exchange(`${first}\r\n\r\n${body}${second}\r\n\r\n`);
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status)).toEqual([
      '413',
      '200',
    ]);
  });

  it('asks for a body that waits to be asked for', async () => {
    const headers = `${json}\r\n${length}\r\nexpect: 100-continue\r\nconnection: close`;
    const query = 'validate_only=true';
    const answer = await exchange(
      `PUT /v1/manifests/a?${query} HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n${valid}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });

  it('sends nothing behind the headers to HEAD', async () => {
    const answer = await exchange(
      'HEAD /v1/manifests/sales/orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer.indexOf('\r\n\r\n')).toBe(answer.length - 4);
  });
});
