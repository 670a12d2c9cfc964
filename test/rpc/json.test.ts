import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningServer } from '../../src/server/server.ts';
import { openRegistry } from '../support/catalog.ts';
import { serve } from '../support/service.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await serve(await openRegistry());
});
afterAll(() => server.drain(0));

/** A call as curl makes it. */
async function post(method: string, body: unknown) {
  const response = await fetch(
    `http://127.0.0.1:${server.port}/catalogd.v1.CatalogService/${method}`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    },
  );
  return { status: response.status, json: JSON.parse(await response.text()) };
}

const BEYOND = '9007199254740993';
const MAX = '9223372036854775807';

describe('Connect JSON', () => {
  it('shows zero values and false, and leaves out what is not set', async () => {
    const { status, json } = await post('RegisterManifest', {
      name: 'zero',
      schemaFingerprint: 'fp',
      objects: [{ key: 'k' }],
    });
    expect(status).toBe(200);
    expect(json).toEqual({
      manifest: {
        datasetId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: 'zero',
        schemaFingerprint: 'fp',
        objects: [{ key: 'k', sizeBytes: '0' }],
        createdAt: '2023-11-14T22:13:20Z',
        updatedAt: '2023-11-14T22:13:20Z',
        version: '1',
        etag: expect.stringMatching(/^1-[0-9a-f]{16}$/),
        labels: {},
        objectCount: '1',
        totalSizeBytes: '0',
        formerFingerprints: [],
        objectsOmitted: false,
        schemaOmitted: false,
      },
      existing: false,
      replayed: false,
      version: '1',
    });
  });

  it('keeps int64 beyond 2^53, tells 0 from unset, and microseconds from milliseconds', async () => {
    const request = {
      name: 'large',
      schema_fingerprint: 'fp',
      row_count: BEYOND,
      objects: [
        { key: 'a', size_bytes: BEYOND, row_count: '0', etag: '"e"' },
        { key: 'b', sizeBytes: 7 },
      ],
      labels: { entries: { b: '2', a: '1' } },
    };
    await post('RegisterManifest', request);
    await post('RegisterManifest', request);
    const { json } = await post('GetManifest', { name: 'large' });
    expect(json.manifest).toMatchObject({
      rowCount: BEYOND,
      objects: [
        { key: 'a', sizeBytes: BEYOND, rowCount: '0', etag: '"e"' },
        { key: 'b', sizeBytes: '7' },
      ],
      totalSizeBytes: String(BigInt(BEYOND) + 7n),
      labels: { a: '1', b: '2' },
      createdAt: '2023-11-14T22:13:20Z',
      updatedAt: '2023-11-14T22:13:20.000001Z',
      version: '2',
    });
    expect(json.manifest.objects[1]).not.toHaveProperty('rowCount');
  });

  it('takes the largest int64 and refuses one more', async () => {
    const request = { name: 'max', schemaFingerprint: 'fp', rowCount: MAX };
    expect((await post('RegisterManifest', request)).json.manifest.rowCount).toBe(MAX);
    const over = await post('RegisterManifest', { ...request, rowCount: '9223372036854775808' });
    expect(over.status).toBe(400);
    expect(over.json.code).toBe('invalid_argument');
  });

  it('refuses text that is not UTF-8 on the wire instead of storing something else', async () => {
    const body = Buffer.concat([
      Buffer.from('{"name":"a'),
      Buffer.from([0xff]),
      Buffer.from('","schemaFingerprint":"fp"}'),
    ]);
    const response = await fetch(
      `http://127.0.0.1:${server.port}/catalogd.v1.CatalogService/RegisterManifest`,
      { method: 'POST', headers: { 'content-type': 'application/json' }, body },
    );
    expect(response.status).toBe(400);
  });

  it('shows an error with its details, and the HTTP status of its code', async () => {
    const { status, json } = await post('GetManifest', { name: 'absent' });
    expect(status).toBe(404);
    expect(json).toMatchObject({
      code: 'not_found',
      message: 'no dataset named "absent" is registered',
    });
    expect(json.details.map((detail: { type: string }) => detail.type)).toEqual([
      'google.rpc.ErrorInfo',
      'google.rpc.ResourceInfo',
    ]);
  });
});
