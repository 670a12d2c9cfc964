import { createServer, type Server } from 'node:net';
import { create } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import {
  type CatalogClient,
  CatalogClientError,
  createCatalogClient,
} from '../../src/client/client.ts';
import {
  type FakeMethods,
  type FakeService,
  fault,
  listResponse,
  objectsResponse,
  registerResponse,
  startFake,
} from './fake-service.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

/** What is repeated, and how, is another suite's business. */
const ONCE = { retry: { maxAttempts: 1 } };

async function fake(
  methods: FakeMethods,
  options: { timeoutMs?: number; newRequestId?: () => string } = {},
): Promise<{ client: CatalogClient; service: FakeService }> {
  const service = await startFake(methods);
  const client = createCatalogClient({ address: service.address, ...ONCE, ...options });
  opened.push(client, service);
  return { client, service };
}

async function failure(call: Promise<unknown>): Promise<CatalogClientError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CatalogClientError);
  return error as CatalogClientError;
}

const BEYOND_2_53 = 9_007_199_254_740_993n;

describe('createCatalogClient', () => {
  it('carries messages both ways, int64 beyond 2^53 and unset row counts included', async () => {
    const seen: unknown[] = [];
    const { client } = await fake({
      registerManifest: (request) => {
        seen.push(request);
        return registerResponse({
          existing: true,
          version: BEYOND_2_53,
          manifest: { name: request.name, objects: request.objects },
        });
      },
    });
    const response = await client.registerManifest({
      name: 'a',
      schemaFingerprint: 'f',
      objects: [{ key: 'k', sizeBytes: BEYOND_2_53 }],
      rowCount: 0n,
    });
    expect(seen).toMatchObject([{ name: 'a', schemaFingerprint: 'f', rowCount: 0n }]);
    expect(response.version).toBe(BEYOND_2_53);
    expect(response.manifest?.objects).toMatchObject([{ key: 'k', sizeBytes: BEYOND_2_53 }]);
    expect(response.manifest?.objects[0]?.rowCount).toBeUndefined();
  });

  it('gives a write a request id unless it has one, and a dry run none', async () => {
    const ids: string[] = [];
    let count = 0;
    const { client } = await fake(
      {
        registerManifest: (request) => {
          ids.push(request.requestId);
          return registerResponse({});
        },
      },
      { newRequestId: () => `id-${++count}` },
    );
    await client.registerManifest({ name: 'a' });
    await client.registerManifest({ name: 'a', requestId: '' });
    await client.registerManifest({ name: 'a', requestId: 'mine' });
    await client.registerManifest({ name: 'a', validateOnly: true });
    expect(ids).toEqual(['id-1', 'id-2', 'mine', '']);
  });

  it.each([
    'registerManifest',
    'evolveSchema',
    'updateObjects',
    'deleteManifest',
    'undeleteManifest',
    'purgeManifest',
  ] as const)('writes by %s: with a request id, but for a dry run', async (method) => {
    const seen: { name: string; requestId: string }[] = [];
    const { output } = CatalogService.method[method];
    const { client } = await fake(
      {
        [method]: (request: { name: string; requestId: string }) => {
          seen.push(request);
          return create(output, { version: 7n, replayed: true });
        },
      },
      { newRequestId: () => 'new' },
    );
    const answer = await client[method]({ name: 'a' });
    await client[method]({ name: 'b', requestId: 'mine' });
    await client[method]({ name: 'c', validateOnly: true });
    expect(answer).toMatchObject({ version: 7n, replayed: true });
    expect(seen.map(({ name, requestId }) => [name, requestId])).toEqual([
      ['a', 'new'],
      ['b', 'mine'],
      ['c', ''],
    ]);
  });

  it('iterates over all pages with the same arguments', async () => {
    const requests: unknown[] = [];
    const { client } = await fake({
      listManifests: (request) => {
        requests.push([request.prefix, request.pageSize, request.pageToken]);
        return request.pageToken === ''
          ? listResponse({ manifests: [{ name: 'a' }, { name: 'b' }], nextPageToken: 't' })
          : listResponse({ manifests: [{ name: 'c' }] });
      },
      listObjects: (request) =>
        request.pageToken === ''
          ? objectsResponse({ objects: [{ key: 'x' }], nextPageToken: 'next' })
          : objectsResponse({ objects: [{ key: 'y' }] }),
    });
    const names: string[] = [];
    for await (const manifest of client.manifests({ prefix: 'p', pageSize: 2 })) {
      names.push(manifest.name);
    }
    expect(names).toEqual(['a', 'b', 'c']);
    expect(requests).toEqual([
      ['p', 2, ''],
      ['p', 2, 't'],
    ]);
    const keys: string[] = [];
    for await (const object of client.objects({ name: 'a' })) {
      keys.push(object.key);
    }
    expect(keys).toEqual(['x', 'y']);
  });

  it('reaches the loopback without the proxy which the environment names', async () => {
    process.env.http_proxy = 'http://127.0.0.1:1';
    try {
      const { client } = await fake({ listManifests: () => listResponse({}) });
      expect((await client.listManifests({})).manifests).toEqual([]);
    } finally {
      delete process.env.http_proxy;
    }
  });

  it('does not page for ever when a page leads back to itself', async () => {
    const { client } = await fake({
      listManifests: () => listResponse({ manifests: [{ name: 'a' }], nextPageToken: 't' }),
    });
    const readAll = async () => {
      for await (const _ of client.manifests()) {
        // Only until it ends.
      }
    };
    await expect(readAll()).rejects.toThrow('page token');
  });

  it('fetches a page only when it is asked for', async () => {
    let calls = 0;
    const { client } = await fake({
      listManifests: () => {
        calls += 1;
        return listResponse({ manifests: [{ name: 'a' }], nextPageToken: String(calls) });
      },
    });
    for await (const _ of client.manifests()) {
      break;
    }
    expect(calls).toBe(1);
  });

  it.each([0, -1, 1.5, 86_400_001, Number.NaN])('refuses a timeout of %p', (timeoutMs) => {
    expect(() => createCatalogClient({ timeoutMs })).toThrow('1 to 86400000');
  });
});

describe('CatalogClientError', () => {
  it('carries reason, metadata, violations and the time to wait', async () => {
    const { client } = await fake({
      getManifest: () => {
        throw fault(status.INVALID_ARGUMENT, 'name "": is empty', {
          info: { domain: 'catalogd', reason: 'EMPTY_NAME', metadata: { field: 'name' } },
          badRequest: { fieldViolations: [{ field: 'name', description: 'is empty' }] },
          precondition: { violations: [{ type: 'T', subject: 'a', description: 'differs' }] },
          quota: { violations: [{ subject: 'writes', description: 'too many' }] },
          retry: { retryDelay: { seconds: 1n, nanos: 500_000_000 } },
        });
      },
    });
    expect(await failure(client.getManifest({ name: '' }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'EMPTY_NAME',
      message: 'name "": is empty',
      metadata: { field: 'name' },
      violations: [
        { kind: 'field', subject: 'name', description: 'is empty' },
        { kind: 'precondition', subject: 'a', description: 'differs' },
        { kind: 'quota', subject: 'writes', description: 'too many' },
      ],
      retryAfterMs: 1500,
    });
  });

  it('takes no reason from another domain, and survives damaged details', async () => {
    const damaged = fault(status.NOT_FOUND, 'gone');
    damaged.metadata.set('grpc-status-details-bin', Buffer.from([0xff, 0xff, 0xff]));
    const { client, service } = await fake({
      getManifest: () => {
        throw fault(status.NOT_FOUND, 'gone', { info: { domain: 'example.com', reason: 'X' } });
      },
      listObjects: () => {
        throw damaged;
      },
    });
    for (const call of [client.getManifest({ name: 'a' }), client.listObjects({ name: 'a' })]) {
      expect(await failure(call)).toMatchObject({
        code: 'NOT_FOUND',
        reason: '',
        message: `${service.address}: gone`,
      });
    }
  });
});

describe('a write whose answer is lost', () => {
  const hang = () => new Promise(() => {});

  it.each([
    ['a deadline', 'DEADLINE_EXCEEDED', { registerManifest: hang }],
    [
      'an error that is not of catalogd',
      'UNAVAILABLE',
      {
        registerManifest: () => {
          throw fault(status.UNAVAILABLE, 'upstream connect error');
        },
      },
    ],
    [
      'what the service says itself',
      'UNAVAILABLE',
      {
        registerManifest: () => {
          throw fault(status.UNAVAILABLE, 'undecided', {
            info: { domain: 'catalogd', reason: 'OUTCOME_UNKNOWN', metadata: { name: 'a' } },
          });
        },
      },
    ],
  ])('is of unknown outcome: %s', async (_, code, methods) => {
    const { client } = await fake(methods, { timeoutMs: 300 });
    const error = await failure(client.registerManifest({ name: 'a', requestId: 'r' }));
    expect(error).toMatchObject({ code, reason: 'OUTCOME_UNKNOWN' });
    expect(error.metadata.request_id).toBe('r');
  });

  it('is of unknown outcome: the connection breaks, or the caller cancels', async () => {
    const arrived = Promise.withResolvers<void>();
    const { client, service } = await fake({
      registerManifest: () => {
        arrived.resolve();
        return hang();
      },
    });
    const abort = new AbortController();
    const cancelled = failure(client.registerManifest({ name: 'a' }, { signal: abort.signal }));
    await arrived.promise;
    abort.abort();
    expect(await cancelled).toMatchObject({ code: 'CANCELLED', reason: 'OUTCOME_UNKNOWN' });

    const broken = failure(client.registerManifest({ name: 'a' }));
    await failure(client.getManifest({ name: 'a' })); // UNIMPLEMENTED: the write before it has arrived
    service.crash();
    expect((await broken).reason).toBe('OUTCOME_UNKNOWN');
  });

  it('is not of unknown outcome when it was refused, was a dry run, or never left', async () => {
    const { client, service } = await fake(
      {
        registerManifest: (request) => {
          if (request.validateOnly) {
            return hang();
          }
          throw fault(status.UNAVAILABLE, 'loading', {
            info: { domain: 'catalogd', reason: 'NOT_READY' },
          });
        },
      },
      { timeoutMs: 300 },
    );
    expect((await failure(client.registerManifest({ name: 'a' }))).reason).toBe('NOT_READY');
    expect(await failure(client.registerManifest({ name: 'a', validateOnly: true }))).toMatchObject(
      { code: 'DEADLINE_EXCEEDED', reason: '' },
    );
    await service.close();
    const nobody = createCatalogClient({ address: service.address, ...ONCE });
    opened.push(nobody);
    expect(await failure(nobody.registerManifest({ name: 'a' }))).toMatchObject({
      code: 'UNAVAILABLE',
      reason: '',
      message: `${service.address}: No connection established: connect ECONNREFUSED ${service.address}`,
    });
    const aborted = { signal: AbortSignal.abort() };
    expect(await failure(nobody.registerManifest({ name: 'a' }, aborted))).toMatchObject({
      code: 'CANCELLED',
      reason: '',
    });
  });

  it.each([
    [{ name: 'a', rowCount: 2n ** 63n }, 'row_count'],
    [{ name: 'a', objects: [{ key: 's3://b/k', sizeBytes: 2n ** 63n }] }, 'size_bytes'],
    [{ name: 'a', validateOnly: true, rowCount: 2n ** 63n }, 'row_count'],
  ])('is refused, and not sent, when it cannot be encoded: %#', async (request, field) => {
    let calls = 0;
    const { client } = await fake({
      registerManifest: () => {
        calls += 1;
        return registerResponse({});
      },
    });
    const error = await failure(client.registerManifest(request));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: '' });
    expect(error.message).toContain(field);
    expect(error.message).toContain('9223372036854775808');
    expect(calls).toBe(0);
  });

  it('is not of unknown outcome when no HTTP/2 connection came about', async () => {
    // Takes the connection and says nothing: no call can be sent before the handshake is done.
    const silent: Server = createServer((socket) => opened.push({ close: () => socket.destroy() }));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    opened.push(silent);
    const { port } = silent.address() as { port: number };
    const client = createCatalogClient({ address: `127.0.0.1:${port}`, timeoutMs: 300 });
    opened.push(client);
    expect(await failure(client.registerManifest({ name: 'a' }))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      reason: '',
    });
  });

  it('counts only writes: a read that got lost has no outcome', async () => {
    const { client } = await fake({ getManifest: hang }, { timeoutMs: 200 });
    expect((await failure(client.getManifest({ name: 'a' }))).reason).toBe('');
  });
});
