import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningServer } from '../../src/server/server.ts';
import { openRegistry } from '../support/catalog.ts';
import { serve } from '../support/service.ts';
import { type FacadeClient, facadeClient, VERSIONS } from './client.ts';

describe.each(VERSIONS)('names in URLs over %s', (version) => {
  let server: RunningServer;
  let call: FacadeClient;
  beforeAll(async () => {
    server = await serve(await openRegistry());
    call = facadeClient(server, version);
  });
  afterAll(() => server.drain(0));

  it.each([
    ['sales/orders', 'sales/orders'],
    ['plain%2Fescaped', 'plain/escaped'],
    ['lower%2fcase', 'lower/case'],
    ['%61%2F%62', 'a/b'],
    ['a+b', 'a+b'],
    ['100%25', '100%'],
    ['%252F', '%2F'],
    ['caf%C3%A9', 'café'],
    ['%F0%9F%97%82', '🗂'],
    ['a%20b%3Fc%23d', 'a b?c#d'],
    ["!$&'()*,;=:@~", "!$&'()*,;=:@~"],
    ['sales/objects', 'sales/objects'],
    ['...', '...'],
  ])('%s is %s', async (encoded, name) => {
    const body = { schemaFingerprint: 'fp', objects: [{ key: 'k' }] };
    const put = await call('PUT', `/v1/manifests/${encoded}`, { body });
    expect([put.status, put.json.manifest?.name]).toEqual([201, name]);
    const again = await call('GET', `/v1/manifests/${encodeURIComponent(name)}`);
    expect(again.json.manifest.name).toBe(name);
    expect((await call('GET', `/v1/objects/${encoded}`)).json.objects).toHaveLength(1);
  });

  it.each([
    ['', 'EMPTY_NAME', 'must not be empty'],
    ['..', 'INVALID_NAME', '".."'],
    ['../manifests/a', 'INVALID_NAME', '".."'],
    ['a/../b', 'INVALID_NAME', '".."'],
    ['..%2fa', 'INVALID_NAME', '".."'],
    ['%2e%2e', 'INVALID_NAME', '".."'],
    ['%2e%2e%2f%2e%2e%2fetc', 'INVALID_NAME', '".."'],
    ['a/./b', 'INVALID_NAME', '"."'],
    ['a//b', 'INVALID_NAME', '"//"'],
    ['/a', 'INVALID_NAME', '"/"'],
    ['a/', 'INVALID_NAME', '"/"'],
    ['a%2F', 'INVALID_NAME', '"/"'],
    ['a%00b', 'INVALID_NAME', 'U+0000'],
    ['a%0d%0ab', 'INVALID_NAME', 'U+000D'],
    ['a%5Cb', 'INVALID_NAME', 'backslash'],
    ['a%EF%BF%BDb', 'INVALID_NAME', 'U+FFFD'],
    ['cafe%CC%81', 'INVALID_NAME', 'NFC'],
    ['a.parquet', 'INVALID_NAME', '.parquet'],
    ['%', 'INVALID_NAME', 'percent-encoded'],
    ['a%2', 'INVALID_NAME', 'percent-encoded'],
    ['a%zz', 'INVALID_NAME', 'percent-encoded'],
    ['%C0%AE%C0%AE', 'INVALID_NAME', 'percent-encoded'],
    ['%ED%A0%80', 'INVALID_NAME', 'percent-encoded'],
    ['%FF', 'INVALID_NAME', 'percent-encoded'],
    ['a#b', 'INVALID_NAME', 'percent-encoded'],
    ['x'.repeat(241), 'INVALID_NAME', '240 bytes'],
    ['x/'.repeat(300), 'INVALID_NAME', '512 bytes'],
    ['x'.repeat(8_000), 'INVALID_NAME', '512 bytes'],
  ])('%s is refused: %s', async (encoded, reason, rule) => {
    for (const [method, path, body] of [
      ['PUT', 'manifests', { schemaFingerprint: 'fp' }],
      ['GET', 'manifests', undefined],
      ['GET', 'objects', undefined],
    ] as const) {
      const { status, json } = await call(method, `/v1/${path}/${encoded}`, { body });
      expect([status, json.reason]).toEqual([400, reason]);
      expect(json.violations).toEqual([
        { field: 'name', description: expect.stringContaining(rule) },
      ]);
    }
  });
});
