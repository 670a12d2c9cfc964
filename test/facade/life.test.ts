import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningServer } from '../../src/server/server.ts';
import { openRegistry } from '../support/catalog.ts';
import { serve } from '../support/service.ts';
import { type FacadeClient, facadeClient, VERSIONS } from './client.ts';

const ID = {
  name: 'id',
  repetition: 'FIELD_REPETITION_REQUIRED',
  physicalType: 'PHYSICAL_TYPE_INT64',
};

describe.each(VERSIONS)('the life of a dataset over %s', (version) => {
  let server: RunningServer;
  let call: FacadeClient;
  beforeAll(async () => {
    server = await serve(await openRegistry());
    call = facadeClient(server, version);
  });
  afterAll(() => server.drain(0));

  const at = (name: string) => `/v1/manifests/${name}`;
  const put = (name: string, body: object = {}) =>
    call('PUT', at(name), {
      body: { schemaFingerprint: 'fp-1', objects: [{ key: 'a', rowCount: 1 }], ...body },
    });
  const get = (name: string, query = '') => call('GET', `${at(name)}${query}`);

  it('evolves, and says how the schemas differ', async () => {
    await put('evolved', { schema: { fields: [ID] } });
    const note = { ...ID, name: 'note', repetition: 'FIELD_REPETITION_OPTIONAL' };
    const body = {
      fromFingerprint: 'fp-1',
      toFingerprint: 'fp-2',
      schema: { fields: [ID, note] },
      objects: [{ key: 'b' }],
      compatibility: 'SCHEMA_COMPATIBILITY_FULL',
    };
    const dry = await call('POST', `${at('evolved')}:evolve?validate_only=true`, { body });
    const { status, json } = await call('POST', `${at('evolved')}:evolve`, { body });
    expect([dry.status, dry.json.version, status]).toEqual([200, '2', 200]);
    expect(json).toMatchObject({
      version: '2',
      compatibilityChecked: true,
      changes: [{ path: 'note', breaksBackward: false, breaksForward: false }],
      manifest: { formerFingerprints: [{ schemaFingerprint: 'fp-1', replacedInVersion: '2' }] },
    });
    const { manifest } = (await get('evolved', '?view=schema')).json;
    expect(manifest).toMatchObject({ objects: [], objectsOmitted: true, schemaOmitted: false });
    expect(manifest.schema.fields).toMatchObject([ID, note]);
    const again = await call('POST', `${at('evolved')}:evolve`, { body });
    expect([again.status, again.json.reason]).toEqual([409, 'FINGERPRINT_CONFLICT']);
  });

  it('puts and removes objects', async () => {
    await put('updated', { rowCount: 1 });
    const body = {
      schemaFingerprint: 'fp-1',
      putObjects: [{ key: 'b', rowCount: 4 }],
      removeKeys: ['a'],
    };
    const target = `${at('updated')}:updateObjects`;
    const { status, json } = await call('POST', target, { body });
    expect([status, json.version, json.manifest.rowCount]).toEqual([200, '2', '4']);
    const missing = await call('POST', target, { body });
    expect([missing.status, missing.json.reason]).toEqual([404, 'OBJECT_NOT_FOUND']);
  });

  it('deletes, undeletes and purges', async () => {
    await put('mortal');
    const { etag } = (await call('DELETE', at('mortal'))).json.manifest;
    expect((await get('mortal')).status).toBe(404);
    const shown = await get('mortal', '?show_deleted=true');
    expect([shown.headers.etag, typeof shown.json.manifest.deletedAt]).toEqual([
      `"${etag}"`,
      'string',
    ]);
    const headers = { 'if-match': `"${etag}"`, 'idempotency-key': 'k' };
    const back = await call('POST', `${at('mortal')}:undelete`, { headers });
    expect([back.status, back.json.version]).toEqual([200, '3']);
    const repeated = await call('POST', `${at('mortal')}:undelete`, { headers });
    expect(repeated.json).toMatchObject({ replayed: true, version: '3' });
    const live = await call('POST', `${at('mortal')}:purge`);
    expect([live.status, live.json.reason]).toEqual([409, 'NOT_DELETED']);
    const twice = await call('POST', `${at('mortal')}:undelete`, { body: {} });
    expect([twice.status, twice.json.reason]).toEqual([409, 'MANIFEST_EXISTS']);
    await call('DELETE', at('mortal'));
    expect((await call('POST', `${at('mortal')}:purge`)).json.version).toBe('5');
    expect((await get('mortal', '?show_deleted=true')).status).toBe(404);
  });

  it('deletes what may be missing, at the etag of If-Match, once per key, or only checks', async () => {
    expect((await call('DELETE', at('nothing'))).status).toBe(404);
    const nothing = await call('DELETE', `${at('nothing')}?allow_missing=true`);
    expect([nothing.status, nothing.json.version]).toEqual([200, '0']);
    expect(nothing.json).not.toHaveProperty('manifest');

    const { etag } = (await put('guarded')).json.manifest;
    const stale = await call('DELETE', at('guarded'), { headers: { 'if-match': '"0-x"' } });
    expect([stale.status, stale.json.metadata.current_etag]).toEqual([412, etag]);
    expect((await call('DELETE', `${at('guarded')}?validate_only=true`)).json.version).toBe('2');
    expect((await get('guarded')).status).toBe(200);
    const headers = { 'if-match': `"${etag}"`, 'idempotency-key': 'd' };
    const first = await call('DELETE', at('guarded'), { headers });
    const second = await call('DELETE', at('guarded'), { headers });
    expect([first.json.replayed, second.json.replayed]).toEqual([false, true]);
  });

  it.each([
    ['DELETE', '', { body: '{}', headers: { 'content-length': '2' } }, 400, 'body'],
    ['DELETE', '?force=true', {}, 400, 'force'],
    ['DELETE', '', { headers: { 'if-match': '*' } }, 400, 'if-match'],
    ['DELETE', '', { headers: { 'if-none-match': '"a"' } }, 400, 'if-none-match'],
    ['POST', ':undelete', { body: '{}' }, 415, undefined],
    ['POST', ':undelete', { body: { allowMissing: true } }, 400, 'allowMissing'],
    ['POST', ':undelete?allow_missing=true', {}, 400, 'allow_missing'],
    ['POST', ':purge', { body: { name: 'a' } }, 400, 'name'],
    ['POST', ':evolve', {}, 415, undefined],
    ['POST', ':evolve', { body: { compatibility: 'ALL' } }, 400, 'body'],
    ['POST', ':updateObjects', { body: { removeKeys: [1] } }, 400, 'remove_keys[0]'],
  ] as const)('refuses %s %s with %j', async (method, suffix, parts, expected, field) => {
    const { status, json } = await call(method, `${at('refused')}${suffix}`, parts);
    expect(status).toBe(expected);
    expect(json.violations).toMatchObject(field === undefined ? [] : [{ field }]);
  });

  it('refuses a schema that is nested without end', async () => {
    let fields = '[]';
    for (let level = 0; level < 100_000; level++) fields = `[{"fields":${fields}}]`;
    const body = `{"schemaFingerprint":"fp","schema":{"fields":${fields}}}`;
    const headers = { 'content-type': 'application/json' };
    const { status, json } = await call('PUT', at('nested'), { headers, body });
    expect([status, json.reason]).toEqual([400, 'INVALID_ARGUMENT']);
  });

  it('tells a verb from a name that ends in one', async () => {
    for (const name of ['x:undelete', 'x:purge:undelete']) await put(name);
    expect((await get('x%3Aundelete')).json.manifest.name).toBe('x:undelete');
    expect((await get('x')).status).toBe(404);
    for (const encoded of ['x:undelete', 'x%3Aundelete']) {
      await call('DELETE', at(encoded));
      const { json } = await call('POST', `${at(encoded)}:undelete`);
      expect(json.manifest.name).toBe('x:undelete');
    }
    await call('DELETE', at('x:purge:undelete'));
    expect((await call('POST', `${at('x:purge')}:undelete:undelete`)).status).toBe(200);
    expect((await call('POST', at('x%3Aundelete'))).status).toBe(405);
    expect((await call('POST', at(':undelete'))).json.reason).toBe('EMPTY_NAME');
  });

  it('lists by labels and by time, and deleted ones if asked', async () => {
    await put('f/1', { labels: { entries: { team: 'a=b', tier: 'gold' } } });
    await put('f/2', { labels: { entries: { team: 'ops' } } });
    await put('f/3');
    await call('DELETE', at('f/3'));
    // The clock stands still: only another version of a name has a later time.
    const { updatedAt } = (await put('f/1')).json.manifest;
    const names = async (query: string) => {
      const { status, json } = await call('GET', `/v1/manifests?prefix=f/&${query}`);
      expect(status).toBe(200);
      return json.manifests.map(({ name }: { name: string }) => name);
    };
    expect(await names('labels=team=a=b')).toEqual(['f/1']);
    expect(await names('labels=team%3Dops')).toEqual(['f/2']);
    expect(await names('labels=team=ops&labels=tier=gold')).toEqual([]);
    expect(await names('label_keys=team')).toEqual(['f/1', 'f/2']);
    expect(await names('label_keys=team&label_keys=tier')).toEqual(['f/1']);
    expect(await names(`updated_since=${updatedAt}`)).toEqual(['f/1']);
    expect(await names(`updated_before=${updatedAt}`)).toEqual(['f/2']);
    expect(await names('show_deleted=true')).toEqual(['f/1', 'f/2', 'f/3']);
  });

  it.each([
    ['labels=team', 'labels'],
    ['labels=a=1&labels=a=2', 'labels'],
    ['label_keys=', 'filter.label_keys[""]'],
    ['updated_since=yesterday', 'updated_since'],
    ['updated_before=2026-11-22', 'updated_before'],
    ['updated_before=2026-02-30T00:00:00Z', 'updated_before'],
    ['updated_since=2026-11-22T00:00:00Z&updated_since=2026-11-22T00:00:00Z', 'updated_since'],
    ['filter=team', 'filter'],
    ['show_deleted=1', 'show_deleted'],
  ])('refuses to list by %s', async (query, field) => {
    const { status, json } = await call('GET', `/v1/manifests?${query}`);
    expect([status, json.violations]).toMatchObject([400, [{ field }]]);
  });
});
