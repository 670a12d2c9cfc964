import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningServer } from '../../src/server/server.ts';
import { openRegistry, patient, registerCall } from '../support/catalog.ts';
import { serve } from '../support/service.ts';
import { type FacadeClient, facadeClient, VERSIONS } from './client.ts';

describe.each(VERSIONS)('reading over %s', (version) => {
  let server: RunningServer;
  let call: FacadeClient;
  let etag: string;
  const path = '/v1/manifests/sales/orders';

  beforeAll(async () => {
    const registry = await openRegistry();
    const objects = ['a', 'b', 'c'].map((key) => ({ key, sizeBytes: 1n }));
    await registry.register(registerCall({ objects }), patient);
    for (const name of ['sales/a b', 'sales/a+b', 'zoo']) {
      await registry.register(registerCall({ name, objects: [] }), patient);
    }
    server = await serve(registry);
    call = facadeClient(server, version);
    etag = (await call('GET', path)).json.manifest.etag;
  });
  afterAll(() => server.drain(0));

  const get = (target: string, headers: Record<string, string> = {}) =>
    call('GET', target, { headers });

  it('gives the manifest with its etag, to be asked for again', async () => {
    const { status, headers, json } = await get(path);
    expect(status).toBe(200);
    expect(headers.etag).toBe(`"${json.manifest.etag}"`);
    expect(headers['cache-control']).toBe('no-cache');
    expect(headers['catalogd-index-age-ms']).toBe('0');
    expect(json.manifest).toMatchObject({ name: 'sales/orders', objectsOmitted: false });
    expect(json.manifest).not.toHaveProperty('rowCount');
  });

  it('leaves out the objects in the basic view, at the same etag', async () => {
    const { headers, json } = await get(`${path}?view=basic`);
    expect(json.manifest).toMatchObject({ objects: [], objectCount: '3', objectsOmitted: true });
    expect(headers.etag).toBe(`"${etag}"`);
    expect((await get(`${path}?view=full`)).json.manifest.objects).toHaveLength(3);
  });

  it.each([
    ['if-none-match', '*', 304],
    ['if-none-match', 'ETAG', 304],
    ['if-none-match', 'W/ETAG', 304],
    ['if-none-match', '"x", ETAG ,"y"', 304],
    ['if-none-match', '"x"', 200],
    ['if-none-match', '"a,b" , ""', 200],
    ['if-none-match', 'x', 400],
    ['if-match', '*', 200],
    ['if-match', 'ETAG', 200],
    ['if-match', '"x", ETAG', 200],
    ['if-match', 'W/ETAG', 412],
    ['if-match', '"x"', 412],
    ['if-match', 'x', 400],
  ])('answers %s: %s with %i', async (name, value, expected) => {
    for (const method of ['GET', 'HEAD']) {
      const headers = { [name]: value.replace('ETAG', `"${etag}"`) };
      const answer = await call(method, path, { headers });
      expect(answer.status).toBe(expected);
      if (expected < 400) expect(answer.headers.etag).toBe(`"${etag}"`);
    }
  });

  it('looks at If-Match before If-None-Match, and at neither where there is nothing', async () => {
    const both = { 'if-match': '"x"', 'if-none-match': `"${etag}"` };
    expect((await get(path, both)).status).toBe(412);
    expect((await get('/v1/manifests/absent', both)).status).toBe(404);
    expect((await get('/v1/manifests/absent', { 'if-none-match': '*' })).status).toBe(404);
  });

  it('takes consistency and min_version', async () => {
    expect((await get(`${path}?consistency=strong&min_version=1`)).status).toBe(200);
    const { status, json } = await get(`${path}?min_version=2`);
    expect([status, json.violations]).toMatchObject([400, [{ field: 'min_version' }]]);
  });

  it('pages through the manifests in the order of their names', async () => {
    const names: string[] = [];
    let token = '';
    do {
      const { status, json } = await get(
        `/v1/manifests?page_size=2&view=basic&page_token=${token}`,
      );
      expect(status).toBe(200);
      expect(json.manifests.length).toBeLessThanOrEqual(2);
      names.push(...json.manifests.map(({ name }: { name: string }) => name));
      token = json.nextPageToken;
    } while (token !== '');
    expect(names).toEqual(['sales/a b', 'sales/a+b', 'sales/orders', 'zoo']);
  });

  it.each([
    ['prefix=sales/a', ['sales/a b', 'sales/a+b']],
    ['prefix=sales%2Fa+', ['sales/a b']],
    ['prefix=sales/a%20', ['sales/a b']],
    ['prefix=sales/a%2B', ['sales/a+b']],
    ['prefix=', ['sales/a b', 'sales/a+b', 'sales/orders', 'zoo']],
    ['&&prefix=z&', ['zoo']],
  ])('lists by %s', async (query, expected) => {
    const { json } = await get(`/v1/manifests?${query}`);
    expect(json.manifests.map(({ name }: { name: string }) => name)).toEqual(expected);
  });

  it('pages through the objects of one version', async () => {
    const first = await get('/v1/objects/sales%2Forders?page_size=2');
    expect(first.json.objects.map(({ key }: { key: string }) => key)).toEqual(['a', 'b']);
    expect(first.json.version).toBe('1');
    const token = first.json.nextPageToken;
    const second = await get(`/v1/objects/sales/orders?page_token=${token}`);
    expect(second.json.objects).toEqual([{ key: 'c', sizeBytes: '1' }]);
    expect(second.json.nextPageToken).toBe('');
  });

  it.each([
    ['/v1/manifests?page_size=', 'page_size'],
    ['/v1/manifests?page_size=1e2', 'page_size'],
    ['/v1/manifests?page_size=2147483648', 'page_size'],
    ['/v1/manifests?view=BASIC', 'view'],
    ['/v1/manifests?view=unspecified', 'view'],
    ['/v1/manifests?view', 'view'],
    ['/v1/manifests?page_size=1&page_size=1', 'page_size'],
    ['/v1/manifests?pageSize=1', 'pageSize'],
    ['/v1/manifests?prefix=%', 'prefix'],
    ['/v1/manifests?prefix=%ff', 'prefix'],
    ['/v1/manifests?__proto__=1', '__proto__'],
    [`${path}?min_version=9223372036854775808`, 'min_version'],
    [`${path}?name=b`, 'name'],
    [`/v1/objects/sales/orders?view=full`, 'view'],
  ])('refuses %s, naming %s', async (target, field) => {
    const { status, json } = await get(target);
    expect([status, json.reason]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(json.violations).toMatchObject([{ field }]);
  });

  it.each([
    '/v1/manifests',
    path,
    '/v1/objects/sales/orders',
    '/openapi.yaml',
    '/v1/manifests/absent',
  ])('answers HEAD %s as GET, without the body', async (target) => {
    const got = await get(target);
    const head = await call('HEAD', target);
    const { date: _, 'x-request-id': _id, ...expected } = got.headers;
    const { date: __, 'x-request-id': __id, ...seen } = head.headers;
    expect([head.status, head.text, seen]).toEqual([got.status, '', expected]);
  });

  it.each([
    ['PUT', '/v1/manifests', 'GET, HEAD'],
    ['POST', '/v1/manifests', 'GET, HEAD'],
    ['POST', path, 'GET, HEAD, PUT, DELETE'],
    ['POST', `${path}:unknown`, 'GET, HEAD, PUT, DELETE'],
    ['POST', `${path}%3Aundelete`, 'GET, HEAD, PUT, DELETE'],
    ['POST', '/v1/objects/a:undelete', 'GET, HEAD'],
    ['OPTIONS', path, 'GET, HEAD, PUT, DELETE'],
    ['PUT', '/v1/objects/a', 'GET, HEAD'],
    ['POST', '/openapi.yaml', 'GET, HEAD'],
  ])('answers %s %s with 405 and what is allowed', async (method, target, allow) => {
    const { status, headers, json } = await call(method, target);
    expect([status, headers.allow, json.reason]).toEqual([405, allow, 'METHOD_NOT_ALLOWED']);
  });

  it.each([
    ['text/html', 406],
    ['application/json;q=0', 406],
    ['*/*, application/json;q=0', 406],
    ['application/*;q=0, */*', 406],
    ['application/problem+json', 406],
    ['text/html, */*;q=0.1', 200],
    ['application/*', 200],
    ['Application/JSON; q=0.5', 200],
    ['', 200],
  ])('answers accept: %s with %i', async (accept, expected) => {
    expect((await get(path, { accept })).status).toBe(expected);
  });

  it.each([
    '/v1',
    '/v1/',
    '/v1/manifest',
    '/V1/manifests',
    '/v1/objects',
    '/v1//manifests',
    '/openapi.json',
  ])('has nothing at %s', async (target) => {
    expect((await get(target)).status).toBe(404);
  });

  it('serves its own description', async () => {
    const { headers, text } = await get('/openapi.yaml');
    expect(headers['content-type']).toBe('application/yaml');
    expect(text).toMatch(/^openapi: 3\.1/);
    expect((await get('/openapi.yaml', { accept: 'application/json' })).status).toBe(406);
  });
});
