import { create } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { type ClientReadableStream, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Health,
  HealthCheckRequestSchema,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as Serving,
} from '../../gen/health/v1/health_pb.ts';
import { GrpcClient, startTestServer, type TestServer } from './support.ts';

let server: TestServer;
let client: GrpcClient;
beforeEach(async () => {
  server = await startTestServer();
  client = new GrpcClient(server.port);
});
afterEach(async () => {
  client.close();
  await server.drain(1_000);
});

const request = (service: string) => create(HealthCheckRequestSchema, { service });
const check = (service: string) => client.unary(Health.method.check, request(service));
const watch = (service: string) => client.serverStream(Health.method.watch, request(service));

describe('Check', () => {
  it.each(['', 'catalogd.v1.CatalogService'])('follows the readiness for %j', async (service) => {
    expect((await check(service)).status).toBe(Serving.SERVING);
    server.readiness.set('failed', 'the store is away');
    expect((await check(service)).status).toBe(Serving.NOT_SERVING);
    server.readiness.set('ready');
    expect((await check(service)).status).toBe(Serving.SERVING);
  });

  it('answers NOT_FOUND for an unknown service, however long its name', async () => {
    await expect(check('nope')).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: expect.stringContaining('"nope"'),
    });
    await expect(check('x'.repeat(1_000_000))).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  it('is served over Connect too', async () => {
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: '1.1' });
    const { status: answer } = await createClient(Health, transport).check({});
    expect(answer).toBe(Serving.SERVING);
  });
});

describe('List', () => {
  it('names every known service', async () => {
    const { statuses } = await createClient(
      Health,
      createConnectTransport({ baseUrl: server.url, httpVersion: '2' }),
    ).list({});
    expect(Object.entries(statuses).map(([name, { status }]) => [name, status])).toEqual([
      ['', Serving.SERVING],
      ['catalogd.v1.CatalogService', Serving.SERVING],
    ]);
  });
});

describe('Watch', () => {
  it('tells the state at once and each change once', async () => {
    const seen = follow(watch('catalogd.v1.CatalogService'));
    await seen.count(1);
    server.readiness.set('ready');
    server.readiness.set('failed', 'the store is away');
    await seen.count(2);
    server.readiness.set('starting');
    server.readiness.set('ready');
    await seen.count(3);
    seen.stream.cancel();
    expect(seen.values).toEqual([Serving.SERVING, Serving.NOT_SERVING, Serving.SERVING]);
  });

  it('tells SERVICE_UNKNOWN and stays open for an unknown service', async () => {
    const seen = follow(watch('nope'));
    await seen.count(1);
    server.readiness.set('failed');
    server.readiness.set('ready');
    expect((await check('')).status).toBe(Serving.SERVING);
    expect(seen.values).toEqual([Serving.SERVICE_UNKNOWN]);
    expect(seen.ended).toBe(false);
    seen.stream.cancel();
  });

  it('tells NOT_SERVING when the server drains, then ends with UNAVAILABLE', async () => {
    const seen = follow(watch(''));
    await seen.count(1);
    await server.drain(10_000);
    expect((await seen.end).code).toBe(status.UNAVAILABLE);
    expect(seen.values).toEqual([Serving.SERVING, Serving.NOT_SERVING]);
  });

  it('leaves no subscription behind when the client goes', async () => {
    let subscribed = 0;
    const subscribe = server.readiness.subscribe.bind(server.readiness);
    const left = Promise.withResolvers<void>();
    server.readiness.subscribe = (listener) => {
      subscribed += 1;
      const unsubscribe = subscribe(listener);
      return () => {
        subscribed -= 1;
        unsubscribe();
        left.resolve();
      };
    };
    const seen = follow(watch(''));
    await seen.count(1);
    expect(subscribed).toBe(1);
    seen.stream.cancel();
    await left.promise;
    expect(subscribed).toBe(0);
  });
});

/** Collects what a watch tells. */
function follow(stream: ClientReadableStream<HealthCheckResponse>) {
  const values: HealthCheckResponse['status'][] = [];
  const end = Promise.withResolvers<{ code: number }>();
  let ended = false;
  let onValue = () => {};
  stream.on('data', ({ status }: HealthCheckResponse) => {
    values.push(status);
    onValue();
  });
  stream.on('error', () => {});
  stream.on('status', (final) => {
    ended = true;
    end.resolve(final);
  });
  const count = (n: number) =>
    new Promise<void>((resolve) => {
      onValue = () => {
        if (values.length >= n) resolve();
      };
      onValue();
    });
  return {
    stream,
    values,
    count,
    end: end.promise,
    get ended() {
      return ended;
    },
  };
}
