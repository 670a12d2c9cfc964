import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RequestAborted, readText } from '../../src/facade/body.ts';
import type { HttpRequest } from '../../src/http/exchange.ts';
import type { RunningServer } from '../../src/server/server.ts';
import { openRegistry } from '../support/catalog.ts';
import { serve } from '../support/service.ts';
import { type FacadeClient, facadeClient, VERSIONS } from './client.ts';

const LIMIT = 2_000;

describe.each(VERSIONS)('the body of a PUT over %s', (version) => {
  let server: RunningServer;
  let call: FacadeClient;
  beforeAll(async () => {
    server = await serve(await openRegistry(), { limits: { readMaxBytes: LIMIT } });
    call = facadeClient(server, version);
  });
  afterAll(() => server.drain(0));

  const json = { 'content-type': 'application/json' };
  const put = (body: string, headers: Record<string, string> = json) =>
    call('PUT', '/v1/manifests/a', { headers, body });
  const valid = '{"schemaFingerprint":"fp"}';

  it.each([
    ['', 'body', 'is not JSON'],
    ['{', 'body', 'is not JSON'],
    [`${valid} {}`, 'body', 'is not JSON'],
    ['[]', 'body', 'an array is not an object'],
    ['null', 'body', 'null is not an object'],
    ['{"schemaFingerprint":7}', 'schema_fingerprint', '7 is not a string'],
    ['{"schema_fingerprint":"a","schemaFingerprint":"b"}', 'body', 'schema'],
    ['{"schemaFingerprint":"a","schemaFingerprint":"b"}', 'body', 'duplicate'],
    ['{"name":"a","schemaFingerprint":"fp"}', 'name', 'stands in the URL'],
    ['{"schemaFingerprnt":"fp"}', 'schemaFingerprnt', 'unknown field; known: name, schema_fing'],
    ['{"objects":{}}', 'objects', 'an object is not an array'],
    ['{"objects":[{"key":"a","size":1}]}', 'objects[0].size', 'unknown field; known: key, size_b'],
    ['{"objects":[{"key":"a"},null]}', 'objects[1]', 'null is not an object'],
    [
      '{"objects":[{"sizeBytes":9007199254740992}]}',
      'objects[0].size_bytes',
      'write it as a string',
    ],
    ['{"objects":[{"sizeBytes":1.5}]}', 'objects[0].size_bytes', '1.5 is not an integer'],
    ['{"rowCount":"9223372036854775808"}', 'row_count', 'does not fit into an int64'],
    ['{"rowCount":[[[[1]]]]}', 'row_count', 'an array is not an integer'],
    ['{"labels":{"entries":{"a":1}}}', 'labels.entries["a"]', '1 is not a string'],
    ['{"labels":{"team":"sales"}}', 'labels.team', 'unknown field; known: entries'],
    ['{"validateOnly":"true"}', 'validate_only', '"true" is not true or false'],
    ['{"__proto__":{}}', '__proto__', 'unknown field'],
    ['{"a":'.repeat(300), 'body', 'is not JSON'],
  ])('refuses %s', async (body, field, description) => {
    const { status, json: problem } = await put(body);
    expect([status, problem.reason]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(problem.violations).toEqual([
      { field, description: expect.stringContaining(description) },
    ]);
  });

  it.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['application/json; charset=latin1'],
    ['application/jsonx'],
    [''],
  ])('refuses the content-type "%s"', async (type) => {
    const { status, json: problem, headers } = await put(valid, { 'content-type': type });
    expect([status, problem.reason]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(headers.accept).toBe('application/json');
  });

  it('refuses a body without a content-type', async () => {
    expect((await put(valid, {})).status).toBe(415);
  });

  it('refuses a body that is compressed', async () => {
    const { status, headers } = await put(valid, { ...json, 'content-encoding': 'gzip' });
    expect([status, headers['accept-encoding']]).toEqual([415, 'identity']);
  });

  it.each([
    'application/json',
    'Application/JSON; charset="UTF-8"',
    'application/json;charset=utf-8;',
  ])('takes the content-type %s', async (type) => {
    const target = '/v1/manifests/a?validate_only=true';
    const { status } = await call('PUT', target, {
      headers: { 'content-type': type },
      body: valid,
    });
    expect(status).toBe(200);
  });

  it.each(['with', 'without'])('refuses one that is too long, %s a length', async (length) => {
    const body = `{"schemaFingerprint":"${'f'.repeat(LIMIT)}"}`;
    const framing: Record<string, string> =
      length === 'with' || version === 'HTTP/2'
        ? { 'content-length': String(body.length) }
        : { 'transfer-encoding': 'chunked' };
    const headers = length === 'without' && version === 'HTTP/2' ? json : { ...json, ...framing };
    const { status, json: problem } = await put(body, headers);
    expect([status, problem.reason]).toEqual([413, 'REQUEST_TOO_LARGE']);
    expect(problem.detail).toContain(String(LIMIT));
  });

  it('takes one as long as the limit', async () => {
    const body = valid.padEnd(LIMIT);
    const target = '/v1/manifests/a?validate_only=true';
    expect((await call('PUT', target, { headers: json, body })).status).toBe(200);
  });

  // The last of them: nothing above may have registered anything.
  it('has registered nothing', async () => {
    expect((await call('GET', '/v1/manifests')).json.manifests).toEqual([]);
  });
});

describe('readText', () => {
  const request = (chunks: AsyncIterable<Uint8Array> | Uint8Array[], aborted: boolean) =>
    Object.assign(Readable.from(chunks), { headers: {}, aborted }) as unknown as HttpRequest;

  it('reads characters that two chunks share', async () => {
    const [first, second, third] = Buffer.from('é!').map((each) => each);
    const chunks = [first, second, third].map((each) => Uint8Array.of(each ?? 0));
    expect(await readText(request(chunks, false), 3)).toBe('é!');
  });

  it('takes a request that was aborted for none, though it has come to an end', async () => {
    await expect(readText(request([], true), 9)).rejects.toThrow(RequestAborted);
  });

  it('takes one that fails for aborted', async () => {
    async function* broken() {
      yield Buffer.from('{}');
      throw new Error('premature close');
    }
    await expect(readText(request(broken(), false), 9)).rejects.toThrow(RequestAborted);
  });
});
