import { afterEach, describe, expect, it } from '@jest/globals';
import { RegisterManifestResponseSchema } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { createFacade } from '../../src/facade/facade.ts';
import { Admission } from '../../src/rpc/admission.ts';
import { Answer } from '../../src/rpc/answer.ts';
import { type CatalogMethods, catalogMethods } from '../../src/rpc/catalog-service.ts';
import { Readiness } from '../../src/server/readiness.ts';
import { type RunningServer, startServer } from '../../src/server/server.ts';
import { openRegistry, silentLog } from '../support/catalog.ts';
import { facadeClient } from './client.ts';

const SECRET = 'secret-endpoint.internal:9000';

describe('createFacade', () => {
  let server: RunningServer;
  afterEach(() => server.drain(0));

  /** A service with some methods replaced, and the errors that it logs. */
  async function start(replaced: Partial<CatalogMethods>) {
    const logged: object[] = [];
    const log = { ...silentLog, error: (fields: object) => logged.push(fields) };
    const registry = await openRegistry();
    const observed: string[] = [];
    const methods = catalogMethods({
      admission: Admission.open,
      registry,
      log,
      defaultTimeoutMs: 1_000,
      observe: (rpc, code, reason) => observed.push(`${rpc} ${code} ${reason}`.trim()),
      monotonic: () => 0,
    });
    server = await startServer({
      admission: Admission.open,
      host: '127.0.0.1',
      port: 0,
      routes: () => {},
      facade: createFacade({
        admission: Admission.open,
        methods: { ...methods, ...replaced },
        log,
      }),
      readiness: new Readiness(),
      log,
    });
    return { call: facadeClient(server), logged, observed };
  }

  it('logs a bug, and tells nothing of it', async () => {
    const bug = new TypeError(SECRET);
    const { call, logged } = await start({ getManifest: () => Promise.reject(bug) });
    const { status, text } = await call('GET', '/v1/manifests/a');
    expect(status).toBe(500);
    expect(text).not.toContain(SECRET);
    expect(logged).toEqual([{ err: bug }]);
  });

  it('hands on what the URL, the headers and the body say', async () => {
    const seen: unknown[] = [];
    const { call } = await start({
      registerManifest: async (request) => {
        seen.push(request);
        return new Answer(RegisterManifestResponseSchema, { version: 1n, existing: true });
      },
    });
    const headers = { 'if-match': '"1-a"', 'idempotency-key': 'k' };
    const target = '/v1/manifests/a%2Fb?validate_only=true';
    const { status } = await call('PUT', target, { headers, body: { schemaFingerprint: 'fp' } });
    expect(status).toBe(200);
    expect(seen).toMatchObject([
      {
        name: 'a/b',
        schemaFingerprint: 'fp',
        expectedEtag: '1-a',
        requestId: 'k',
        validateOnly: true,
      },
    ]);
    expect(seen[0]).not.toHaveProperty('labels');
    expect(seen[0]).not.toHaveProperty('rowCount');
  });

  it('makes its calls through the chain that every protocol has', async () => {
    const { call, observed } = await start({});
    await call('PUT', '/v1/manifests/a', { body: { schemaFingerprint: 'fp' } });
    await call('GET', '/v1/manifests/b');
    await call('GET', '/v1/objects/a');
    await call('GET', '/v1/manifests');
    expect(observed).toEqual([
      'catalogd.v1.CatalogService/RegisterManifest OK',
      'catalogd.v1.CatalogService/GetManifest NotFound MANIFEST_NOT_FOUND',
      'catalogd.v1.CatalogService/ListObjects OK',
      'catalogd.v1.CatalogService/ListManifests OK',
    ]);
  });
});
