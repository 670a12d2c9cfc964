import { setTimeout as sleep } from 'node:timers/promises';
import { CatalogService } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { type Attack, randomBytes, withSocket, write } from './attack.ts';
import { PREFACE } from './frames.ts';

const CALL = `/${CatalogService.typeName}/GetManifest`;
const json = '{"name":"victims"}';
const head = (line: string, ...headers: string[]) =>
  [`${line} HTTP/1.1`, 'host: localhost', ...headers, '', ''].join('\r\n');

/** Requests that no server should be fooled by, or hang on. */
const MALFORMED: readonly string[] = [
  'GET\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'G\0T / HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\nhost: x\n\n',
  head('GET /%'),
  head('GET /v1/manifests/%00%ff..%2f..%2f'),
  head('GET http://[::1/'),
  head('OPTIONS *'),
  head('CONNECT localhost:1'),
  head('TRACE /'),
  head('PRI *'),
  `${head(`POST ${CALL}`, 'content-type: application/json', 'content-length: -1')}${json}`,
  `${head(`POST ${CALL}`, 'content-type: application/json', 'content-length: 99999999999999999999')}${json}`,
  `${head(`POST ${CALL}`, 'content-type: application/json', 'content-length: 5', 'content-length: 18')}${json}`,
  `${head(`POST ${CALL}`, 'content-type: application/json', 'content-length: 4', 'transfer-encoding: chunked')}0\r\n\r\nGET /metrics HTTP/1.1\r\nhost: x\r\n\r\n`,
  `${head(`POST ${CALL}`, 'content-type: application/json', 'transfer-encoding: chunked, identity')}0\r\n\r\n`,
  `${head(`POST ${CALL}`, 'content-type: application/json', 'transfer-encoding: chunked')}fffffffffffffffff\r\n`,
  `${head(`POST ${CALL}`, 'content-type: application/json', 'transfer-encoding: chunked')}zz\r\n`,
  head(`POST ${CALL}`, 'expect: 100-continue', 'content-length: 18'),
  head(`POST ${CALL}`, 'expect: something-else', 'content-length: 18'),
  head(
    'GET /',
    'upgrade: h2c',
    'connection: upgrade, http2-settings',
    'http2-settings: AAMAAABkAAQAAP__',
  ),
  head('GET /', 'upgrade: websocket', 'connection: upgrade'),
  head('GET /', `x-long: ${'a'.repeat(70_000)}`),
  head('GET /', ...Array.from({ length: 2_000 }, (_, i) => `x-${i}: y`)),
  head(`GET /${'a'.repeat(70_000)}`),
];

/** What can be done to a port without speaking a protocol well. */
export const RAW_ATTACKS: Readonly<Record<string, Attack>> = {
  'random bytes': (target) =>
    withSocket(target, async (socket) => {
      const { random } = target;
      const start = random.pick([
        '',
        'P',
        'PRI',
        'PRI * HT',
        'GET ',
        'POST / ',
        '\x16\x03\x01\x02\x00',
      ]);
      await write(socket, start);
      for (let n = random.below(5); n > 0; n--) {
        await write(socket, randomBytes(random, 1 + random.below(2_000)));
      }
    }),
  'malformed HTTP/1.1': (target) =>
    withSocket(target, (socket) => write(socket, target.random.pick(MALFORMED))),
  'pipelined requests': (target) =>
    withSocket(target, async (socket) => {
      const request = `${head(`POST ${CALL}`, 'content-type: application/json', `content-length: ${json.length}`)}${json}`;
      await write(socket, request.repeat(1 + target.random.below(200)));
    }),
  'a byte at a time': (target) =>
    withSocket(target, async (socket) => {
      const { random } = target;
      const text = random.pick([
        Buffer.from(head('GET /healthz')),
        PREFACE,
        Buffer.from(head(`POST ${CALL}`, 'content-length: 18')),
      ]);
      for (const byte of text.subarray(0, 5 + random.below(15))) {
        await write(socket, Buffer.from([byte]));
        await sleep(50 + random.below(100));
      }
    }),
  'silent connections': async (target) => {
    const { random } = target;
    const some = Array.from({ length: 20 }, () =>
      withSocket({ ...target, random: random.fork() }, () => {}, 3_000),
    );
    await Promise.all(some);
  },
  'an upload that is cut': (target) =>
    withSocket(target, async (socket) => {
      const { random } = target;
      const path = random.pick([CALL, '/v1/manifests/a', '/nothing', '/healthz']);
      const type = random.pick(['application/json', 'application/proto', 'application/grpc-web']);
      await write(
        socket,
        head(`POST ${path}`, `content-type: ${type}`, 'content-length: 10000000'),
      );
      for (let n = random.below(20); n > 0; n--) await write(socket, Buffer.alloc(16_384, 'x'));
    }),
};
