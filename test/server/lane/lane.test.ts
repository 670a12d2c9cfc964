import { once } from 'node:events';
import { constants } from 'node:http2';
import { create, fromBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  GetManifestResponseSchema,
  ListManifestsResponseSchema,
} from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { ErrorInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts';
import type { LeftBecause } from '../../../src/catalog/errors.ts';
import { Admission } from '../../../src/rpc/admission.ts';
import { Answer } from '../../../src/rpc/answer.ts';
import { StatusError } from '../../../src/rpc/chain.ts';
import type { IncomingCall } from '../../../src/rpc/incoming-call.ts';
import type { UnaryRoute } from '../../../src/rpc/unary-routes.ts';
import type { LaneCall } from '../../../src/server/lane/call.ts';
import type { ServerLimits } from '../../../src/server/limits.ts';
import { Readiness } from '../../../src/server/readiness.ts';
import { type RunningServer, startServer } from '../../../src/server/server.ts';
import { frame, rawGrpc } from './raw-grpc.ts';

type Handler = (request: Uint8Array, call: LaneCall) => Promise<UnaryAnswer>;
type UnaryAnswer = Awaited<ReturnType<UnaryRoute['answer']>>;

const PATH = '/test.Service/Method';
const answerOf = (name: string) => new Answer(GetManifestResponseSchema, { manifest: { name } });
const EMPTY = frame(new Uint8Array());

describe('createLane', () => {
  let server: RunningServer;
  let client: Awaited<ReturnType<typeof rawGrpc>>;
  let logged: string[];
  let handler: Handler;
  beforeEach(() => start());
  afterEach(async () => {
    client.close();
    await server.drain(200);
  });

  async function start(limits: Partial<ServerLimits> = {}) {
    logged = [];
    const line = (level: string) => (_: object, message: string) =>
      void logged.push(`${level} ${message}`);
    server = await startServer({
      admission: Admission.open,
      host: '127.0.0.1',
      port: 0,
      routes: () => {},
      lane: [
        { path: PATH, answer: (request, call: IncomingCall) => handler(request, call as LaneCall) },
      ],
      readiness: new Readiness(),
      limits,
      log: { debug() {}, info: line('info'), warn: line('warn'), error: line('error') },
    });
    client = await rawGrpc(server.port);
  }

  /** A handler that waits until its caller has left, and what it was told then. */
  function waiting() {
    const entered = Promise.withResolvers<void>();
    const left = Promise.withResolvers<LeftBecause>();
    handler = (_, call) =>
      new Promise((_resolve, reject) => {
        call.signal.addEventListener('abort', () => {
          left.resolve(call.leftBecause());
          const status = { code: Code.Unavailable, reason: '', message: 'left', details: [] };
          reject(new StatusError(status, undefined));
        });
        entered.resolve();
      });
    return { entered: entered.promise, left: left.promise };
  }

  it('sends large answers whole while others are cut off in the middle', async () => {
    handler = async (request) => answerOf(String.fromCharCode(request[0] ?? 0).repeat(300_000));
    const call = async (i: number) => {
      const name = String.fromCharCode(97 + i);
      const { body } = await client.call(PATH, frame(Buffer.from(name)));
      const { manifest } = fromBinary(GetManifestResponseSchema, body.subarray(5));
      expect(manifest?.name === name.repeat(300_000)).toBe(true);
    };
    const cutOff = async () => {
      const headers = { ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc' };
      const stream = client.session.request(headers);
      stream.end(frame(Buffer.from('-')));
      await once(stream, 'data');
      stream.close(constants.NGHTTP2_CANCEL);
      await once(stream, 'close');
    };
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 24 }, (_, i) => (i % 3 === 0 ? cutOff() : call(i))));
    }
  });

  it('hands on metadata, and sends headers and trailers of the call', async () => {
    handler = async (_, call) => {
      call.setHeader('x-header', `got ${call.header('x-sent')} from ${call.peer.address}`);
      call.trailers['x-trailer'] = 'last';
      return answerOf('a');
    };
    const { metadata } = await client.call(PATH, EMPTY, { 'x-sent': 'this' });
    expect(metadata).toMatchObject({
      'x-header': 'got this from 127.0.0.1',
      'x-trailer': 'last',
      'grpc-status': '0',
    });
  });

  it('sends an error with its details and the headers of the call', async () => {
    const value = create(ErrorInfoSchema, { reason: 'WHY' });
    const details = [{ desc: ErrorInfoSchema, value }];
    handler = async (_, call) => {
      call.setHeader('x-header', 'set');
      const status = { code: Code.NotFound, reason: 'WHY', message: '100% é', details };
      throw new StatusError(status, undefined);
    };
    const { metadata, body } = await client.call(PATH, EMPTY);
    expect(body.length).toBe(0);
    expect(metadata).toMatchObject({
      'x-header': 'set',
      'grpc-status': '5',
      'grpc-message': '100%25 %C3%A9',
    });
    const bin = Buffer.from(String(metadata['grpc-status-details-bin']), 'base64');
    expect(bin.includes('type.googleapis.com/google.rpc.ErrorInfo')).toBe(true);
    expect(bin.includes('WHY')).toBe(true);
  });

  it('tells nothing of a bug, and logs it', async () => {
    handler = () => Promise.reject(new TypeError('secret'));
    const { metadata } = await client.call(PATH, EMPTY);
    expect(metadata).toMatchObject({
      'grpc-status': '13',
      'grpc-message': 'internal error; it has been logged',
    });
    expect(logged).toEqual(['error the fast lane failed']);
  });

  it('takes a message in whatever pieces it comes', async () => {
    const message = Buffer.from('a message of some length');
    const seen: string[] = [];
    handler = async (request) => {
      seen.push(Buffer.from(request).toString());
      return answerOf('a');
    };
    for (const size of [1, 4, 5, 6, 28, 29]) {
      const stream = client.session.request({
        ':method': 'POST',
        ':path': PATH,
        'content-type': 'application/grpc',
      });
      stream.resume();
      const sent = frame(message);
      for (let at = 0; at < sent.length; at += size) {
        stream.write(sent.subarray(at, at + size));
        await new Promise((resolve) => setImmediate(resolve));
      }
      stream.end();
      await once(stream, 'close');
    }
    expect(seen).toEqual(Array(6).fill(message.toString()));
  });

  it('sends an answer of megabytes whole, to several at once', async () => {
    const answer = new Answer(ListManifestsResponseSchema, {
      nextPageToken: 't'.repeat(4_000_000),
    });
    handler = async () => answer;
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.call(PATH, EMPTY)));
    for (const { body, metadata } of answers) {
      expect(body.length).toBe(5 + answer.byteLength);
      expect(metadata['grpc-status']).toBe('0');
    }
  });

  it('refuses to send more than the limit', async () => {
    client.close();
    await server.drain(0);
    await start({ writeMaxBytes: 10 });
    handler = async () => answerOf('longer than that');
    const { metadata } = await client.call(PATH, EMPTY);
    expect(metadata['grpc-status']).toBe('8');
  });

  it('tells a handler that the deadline has passed', async () => {
    const { left } = waiting();
    await client.call(PATH, EMPTY, { 'grpc-timeout': '20m' });
    expect(await left).toBe('deadline');
  });

  it('tells a handler that its caller has gone, and sends nothing then', async () => {
    const { entered, left } = waiting();
    const stream = client.session.request({
      ':method': 'POST',
      ':path': PATH,
      'content-type': 'application/grpc',
    });
    stream.on('error', () => {});
    stream.end(EMPTY);
    await entered;
    stream.close();
    expect(await left).toBe('canceled');
    handler = async () => answerOf('next');
    expect((await client.call(PATH, EMPTY)).metadata['grpc-status']).toBe('0');
    expect(logged).toEqual([]);
  });

  it('lets calls in flight finish while the server ends, and then ends them', async () => {
    const gate = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    handler = async () => {
      entered.resolve();
      await gate.promise;
      return answerOf('done');
    };
    const finishes = client.call(PATH, EMPTY);
    await entered.promise;
    const { entered: alsoEntered, left } = waiting();
    const isEnded = client.call(PATH, EMPTY);
    await alsoEntered;
    const drained = server.drain(500);
    gate.resolve();
    expect((await finishes).metadata['grpc-status']).toBe('0');
    expect(await left).toBe('shutdown');
    expect((await isEnded).metadata['grpc-status']).toBe('14');
    await drained;
  });

  it('resets a request that does not end in time, and serves others meanwhile', async () => {
    client.close();
    await server.drain(0);
    await start({ requestTimeoutMs: 100, headersTimeoutMs: 100 });
    handler = async () => answerOf('a');
    const slow = client.session.request({
      ':method': 'POST',
      ':path': PATH,
      'content-type': 'application/grpc',
    });
    slow.on('error', () => {});
    slow.write(Buffer.from([0, 0]));
    expect((await client.call(PATH, EMPTY)).metadata['grpc-status']).toBe('0');
    await once(slow, 'close');
    expect(slow.rstCode).toBe(8);
  });

  it('leaves what is not plain to the base', async () => {
    handler = async () => answerOf('a');
    const { metadata } = await client.call(PATH, EMPTY, {
      'content-type': 'application/grpc+json',
    });
    expect(metadata[':status']).toBe(404);
  });
});
