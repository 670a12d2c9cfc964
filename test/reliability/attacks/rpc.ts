import { once } from 'node:events';
import { connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { create, type DescMessage, toBinary } from '@bufbuild/protobuf';
import { CatalogService } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import type { Random } from '../../linearizability/random.ts';
import { MUTATIONS } from '../../manifest/mutate.ts';
import { pathOf } from '../support/grpc.ts';
import { registration } from '../support/mixed-load.ts';
import { type Attack, randomBytes, type Target } from './attack.ts';

const METHODS = CatalogService.methods;
const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024));
const MUTABLE_BYTES = 64;
/** Longest that an answer is waited for. */
const PATIENCE_MS = 3_000;

/** A request over HTTP/2; whatever the answer is, it is read and forgotten. */
interface Sent {
  readonly path: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Whether the request is ended. Default true. */
  readonly end?: boolean;
}

/** Some requests on one connection, all at once. */
async function send({ host, port, random }: Target, requests: readonly Sent[]): Promise<void> {
  const session = connect(`http://${host}:${port}`);
  session.on('error', () => {});
  session.setMaxListeners(0);
  try {
    const closed = requests.map(({ path, method = 'POST', headers, body, end = true }) => {
      const stream = session.request({ ':path': path, ':method': method, ...headers });
      stream.on('error', () => {});
      stream.resume();
      if (end) stream.end(body);
      else stream.write(body);
      return once(stream, 'close').catch(() => {});
    });
    await Promise.race([Promise.all(closed), sleep(random.below(PATIENCE_MS))]);
  } catch {
    // The session has ended before all was sent.
  } finally {
    session.destroy();
  }
}

function encode(input: DescMessage, fields: Record<string, unknown>): Uint8Array {
  return toBinary(input, create(input, fields));
}

/** The bytes of a request that would be fine, or of nothing in particular. */
function message(random: Random): Buffer {
  if (random.chance(0.3)) return randomBytes(random, random.below(300));
  const { input } = random.pick(METHODS);
  const { registerManifest } = CatalogService.method;
  const fine = random.chance(0.5)
    ? encode(registerManifest.input, registration('fuzz/a', 3))
    : encode(input, { name: 'victim', pageSize: 10, prefix: 'v' });
  const bytes = Buffer.from(fine);
  // The mutations are made for files, which are longer.
  if (bytes.length < MUTABLE_BYTES || random.chance(0.2)) return bytes;
  const mutation = random.pick(Object.values(MUTATIONS));
  return mutation(bytes, (n) => random.below(n));
}

/** A message in the frame of gRPC, which may not tell the truth. */
function framed(random: Random, body: Uint8Array, honest = 0.5): Buffer {
  const head = Buffer.alloc(5);
  const isHonest = random.chance(honest);
  head[0] = isHonest ? 0 : random.pick([0, 1, 2, 128, 255]);
  const lie = random.pick([0, 1, body.length + 1, 2 ** 31, 2 ** 32 - 1]);
  head.writeUInt32BE(isHonest ? body.length : lie, 1);
  return Buffer.concat([head, body]);
}

const many = <T>(random: Random, make: () => T): T[] =>
  Array.from({ length: 1 + random.below(20) }, make);

const path = (random: Random) => pathOf(random.pick(METHODS));

/** What a client can send in calls. */
export const RPC_ATTACKS: Readonly<Record<string, Attack>> = {
  'gRPC with random messages': (target) => {
    const { random } = target;
    return send(
      target,
      many(random, () => ({
        path: path(random),
        headers: {
          'content-type': random.pick([
            'application/grpc',
            'application/grpc+proto',
            'application/grpc+json',
          ]),
          te: 'trailers',
          ...(random.chance(0.3) ? { 'grpc-timeout': random.pick(['1n', '10m', '5S', 'x']) } : {}),
        },
        body: framed(random, message(random), 0.95),
      })),
    );
  },
  'gRPC with lying lengths': (target) => {
    const { random } = target;
    return send(
      target,
      many(random, () => ({
        path: path(random),
        headers: { 'content-type': 'application/grpc', te: 'trailers' },
        body: Buffer.concat(
          Array.from({ length: random.below(3) }, () => framed(random, message(random))),
        ),
        end: random.chance(0.7),
      })),
    );
  },
  'gzip bombs': (target) => {
    const { random } = target;
    const frame = Buffer.concat([Buffer.alloc(5), BOMB]);
    frame[0] = 1;
    frame.writeUInt32BE(BOMB.length, 1);
    const isGrpc = random.chance(0.5);
    const bomb: Sent = {
      path: path(random),
      headers: isGrpc
        ? { 'content-type': 'application/grpc', 'grpc-encoding': 'gzip', te: 'trailers' }
        : { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: isGrpc ? frame : BOMB,
    };
    return send(target, Array(random.chance(0.1) ? 100 : 1).fill(bomb));
  },
  'Connect with garbage': (target) => {
    const { random } = target;
    return send(
      target,
      many(random, () => ({
        path: path(random),
        headers: {
          'content-type': random.pick([
            'application/json',
            'application/proto',
            'application/connect+json',
          ]),
          'connect-protocol-version': random.pick(['1', '2', '']),
          'connect-timeout-ms': random.pick(['1', '1000', '-5', 'x', '99999999999999']),
        },
        body: garbageJson(random),
      })),
    );
  },
  'Connect GET with garbage': (target) => {
    const { random } = target;
    return send(
      target,
      many(random, () => ({
        path: `${path(random)}?connect=v1&encoding=${random.pick(['json', 'proto', 'x'])}&base64=1&message=${randomBytes(random, 30).toString('base64url')}`,
        method: 'GET',
        headers: {},
        body: Buffer.alloc(0),
      })),
    );
  },
  'gRPC-Web text': (target) => {
    const { random } = target;
    return send(
      target,
      many(random, () => ({
        path: path(random),
        headers: {
          'content-type': random.pick([
            'application/grpc-web-text',
            'application/grpc-web',
            'application/grpc-web+json',
          ]),
        },
        body: random.chance(0.5)
          ? Buffer.from(framed(random, message(random)).toString('base64'))
          : framed(random, message(random)),
      })),
    );
  },
  'the facade with garbage': (target) => {
    const { random } = target;
    return send(
      target,
      many(random, () => ({
        path: `/v1/manifests${random.pick(['', '/', '/a', '/%2e%2e', '/%00', '/a%2Fb:evolve', '/é', `/${'a'.repeat(600)}`])}?${randomBytes(random, 8).toString('hex')}=${random.pick(['%', '%ff', 'x'])}`,
        method: random.pick(['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'MADEUP']),
        headers: {
          'content-type': random.pick(['application/json', 'text/plain', '']),
          'if-match': random.pick(['*', '"x"', 'W/"y"', '"']),
          'idempotency-key': random.pick(['"a"', 'b', '\u00ff']),
        },
        body: garbageJson(random),
      })),
    );
  },
  'watches that are left': (target) => {
    const { random } = target;
    const { watchManifests } = CatalogService.method;
    return send(
      target,
      many(random, () => ({
        path: pathOf(watchManifests),
        headers: { 'content-type': 'application/grpc', te: 'trailers' },
        body: framed(random, random.chance(0.8) ? Buffer.alloc(0) : message(random), 1),
      })),
    );
  },
};

function garbageJson(random: Random): Buffer {
  const text = random.pick([
    '{"name":"victim"}',
    '{"name":',
    '[]',
    'null',
    '"',
    '{"name":1}',
    '{"name":"a","objects":[{"key":"k","sizeBytes":"-1"}]}',
    '{"name":"a","rowCount":"99999999999999999999"}',
    '{"__proto__":{"x":1},"constructor":{}}',
    '['.repeat(50_000),
    `{"name":${'{"a":'.repeat(5_000)}`,
    `{"name":"${'\\ud800'.repeat(10)}"}`,
    `{"labels":{"entries":{${Array.from({ length: 500 }, (_, i) => `"k${i}":"v"`).join(',')}}}}`,
  ]);
  return random.chance(0.2) ? randomBytes(random, random.below(200)) : Buffer.from(text);
}
