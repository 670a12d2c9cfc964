import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningServer } from '../../src/server/server.ts';
import { openRegistry } from '../support/catalog.ts';
import { serve } from '../support/service.ts';
import { type FacadeClient, facadeClient, VERSIONS } from './client.ts';

describe.each(VERSIONS)('PUT /v1/manifests/{name} over %s', (version) => {
  let server: RunningServer;
  let call: FacadeClient;
  beforeAll(async () => {
    server = await serve(await openRegistry());
    call = facadeClient(server, version);
  });
  afterAll(() => server.drain(0));

  const fingerprint = { schemaFingerprint: 'fp-1' };
  const put = (name: string, body: object = {}, headers = {}, query = '') =>
    call('PUT', `/v1/manifests/${name}${query}`, { headers, body: { ...fingerprint, ...body } });

  it('creates with 201, then updates with 200', async () => {
    const objects = [{ key: 'a', sizeBytes: 7 }];
    const first = await put('orders', { objects });
    expect(first.status).toBe(201);
    expect(first.json).toMatchObject({ existing: false, replayed: false, version: '1' });
    const second = await put('orders', { objects });
    expect(second.status).toBe(200);
    expect(second.json).toMatchObject({ existing: true, version: '2' });
    expect(second.json.manifest).toMatchObject({
      datasetId: first.json.manifest.datasetId,
      objects: [{ key: 'a', sizeBytes: '7' }],
      objectsOmitted: false,
    });
  });

  it('has no validator in its answer, for what is stored is not what was sent', async () => {
    const { headers } = await put('no-validator');
    expect(headers).not.toHaveProperty('etag');
    expect(headers['cache-control']).toBe('no-store');
  });

  it('takes int64 beyond 2^53 as a string, and either name of a field', async () => {
    const { json } = await put('large', {
      row_count: '9223372036854775807',
      objects: [{ key: 'a', size_bytes: '9007199254740993', row_count: 9007199254740991 }],
      labels: { entries: { team: 'sales' } },
    });
    expect(json.manifest).toMatchObject({
      rowCount: '9223372036854775807',
      objects: [{ key: 'a', sizeBytes: '9007199254740993', rowCount: '9007199254740991' }],
      labels: { team: 'sales' },
    });
  });

  it('answers a repeated Idempotency-Key from the record, with the first status', async () => {
    const key = { 'idempotency-key': 'k-1' };
    expect((await put('repeated', {}, key)).status).toBe(201);
    const again = await put('repeated', {}, key);
    expect([again.status, again.json.replayed, again.json.version]).toEqual([201, true, '1']);
    const quoted = await put('repeated', {}, { 'idempotency-key': '"k-1"' });
    const inBody = await put('repeated', { requestId: 'k-1' }, key);
    expect([quoted.json.replayed, inBody.json.replayed]).toEqual([true, true]);
  });

  it('unescapes a quoted Idempotency-Key', async () => {
    await put('escaped', { requestId: 'a"b\\c' });
    const again = await put('escaped', {}, { 'idempotency-key': '"a\\"b\\\\c"' });
    expect(again.json.replayed).toBe(true);
  });

  it('writes only at the etag of If-Match', async () => {
    const { etag } = (await put('conditional')).json.manifest;
    const done = await put('conditional', {}, { 'if-match': `"${etag}"` });
    expect([done.status, done.json.version]).toEqual([200, '2']);
    const stale = await put('conditional', {}, { 'if-match': `"${etag}"` });
    expect([stale.status, stale.json.reason]).toEqual([412, 'ETAG_MISMATCH']);
    expect(stale.json.metadata.current_etag).toBe(done.json.manifest.etag);
    const inBody = await put('conditional', { expectedEtag: etag });
    expect(inBody.status).toBe(412);
    const absent = await put('not-there', {}, { 'if-match': `"${etag}"` });
    expect(absent.status).toBe(412);
  });

  it('takes a list of one etag for that etag', async () => {
    const { etag } = (await put('list-of-one')).json.manifest;
    expect((await put('list-of-one', {}, { 'if-match': ` "${etag}" , ` })).status).toBe(200);
  });

  it.each(['weak', 'empty'])('never matches a %s etag', async (kind) => {
    const { etag } = (await put(`${kind}-etag`)).json.manifest;
    const header = kind === 'weak' ? `W/"${etag}"` : '""';
    const { status, json } = await put(`${kind}-etag`, {}, { 'if-match': header });
    expect([status, json.reason]).toEqual([412, 'ETAG_MISMATCH']);
    expect((await call('GET', `/v1/manifests/${kind}-etag`)).json.manifest.version).toBe('1');
  });

  it.each([
    ['if-match', '*'],
    ['if-match', '"a", "b"'],
    ['if-match', 'unquoted'],
    ['if-match', '"a" "b"'],
    ['if-match', '"a'],
    ['if-match', 'w/"a"'],
    ['if-match', ''],
    ['if-match', ','],
    ['if-none-match', '*'],
    ['if-none-match', '"a"'],
    ['if-unmodified-since', 'Sun, 22 Nov 2026 09:00:00 GMT'],
    ['content-range', 'bytes 0-1/2'],
    ['idempotency-key', ''],
    ['idempotency-key', '"open'],
    ['idempotency-key', '"k";a=1'],
  ])('refuses the header %s: %s and writes nothing', async (name, value) => {
    const { status, json } = await put('refused', {}, { [name]: value });
    expect([status, json.reason]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(json.violations).toMatchObject([{ field: name }]);
    expect((await call('GET', '/v1/manifests/refused')).status).toBe(404);
  });

  it('writes nothing for a caller that would not take the answer', async () => {
    const { status } = await put('unwanted', {}, { accept: 'text/html' });
    expect(status).toBe(406);
    expect((await call('GET', '/v1/manifests/unwanted')).status).toBe(404);
  });

  it('refuses header and body that disagree', async () => {
    const etag = await put('disagree', { expectedEtag: '1-a' }, { 'if-match': '"1-b"' });
    const key = await put('disagree', { requestId: 'a' }, { 'idempotency-key': 'b' });
    expect(etag.json.violations).toMatchObject([{ field: 'expected_etag' }]);
    expect(key.json.violations).toMatchObject([{ field: 'request_id' }]);
  });

  it.each(['query', 'body'])('only checks if the %s says validate_only', async (where) => {
    const { status, json } =
      where === 'query'
        ? await put('dry', {}, {}, '?validate_only=true')
        : await put('dry', { validateOnly: true }, {}, '?validate_only=false');
    expect([status, json.existing, json.version]).toEqual([200, false, '1']);
    expect((await call('GET', '/v1/manifests/dry')).status).toBe(404);
  });

  it.each([
    '?validate_only=1',
    '?validate_only',
    '?validate_only=true&validate_only=true',
    '?name=b',
  ])('refuses the query %s', async (query) => {
    const { status, json } = await put('query', {}, {}, query);
    expect([status, json.reason]).toEqual([400, 'INVALID_ARGUMENT']);
  });
});
