import { createHmac } from 'node:crypto';
import type { DescMethod } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CryptoKey, exportSPKI, importJWK } from 'jose';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { bearerToken } from '../../src/auth/bearer.ts';
import { BadCredentials } from '../../src/auth/refusal.ts';
import { newToken, TOKEN_BYTES } from '../../src/auth/static-tokens.ts';
import { joinAuthorization } from '../../src/http/authorization.ts';
import { RULED, ruleOf } from '../../src/rpc/rules.ts';
import { rawConnect, sleep } from '../server/support.ts';
import {
  bearer,
  call,
  expired,
  type Guarded,
  me,
  nobody,
  request,
  requestFor,
  root,
  SERVICES,
  startGuarded,
  transportsFor,
} from './guarded.ts';
import { AUDIENCE, ISSUER, Issuer, rawJwt } from './issuer.ts';

let guarded: Guarded;
let port: number;
let foreign: Issuer;

beforeAll(async () => {
  [guarded, foreign] = await Promise.all([startGuarded(), Issuer.create()]);
  port = guarded.running.port;
  for (const name of ['mine/a', 'mine/b', 'minex/a', 'other/a', 'Mine/a', 'z']) {
    const answer = await put(name, bearer(root.token));
    expect(answer.status).toBe(201);
  }
});

afterAll(() => guarded.running.stop());

const PUT_BODY = '{"schemaFingerprint": "fp", "objects": []}';
const flat = (headers: Record<string, string>) => Object.entries(headers).flat();
const put = (name: string, headers: Record<string, string>) =>
  request(port, 'PUT', `/v1/manifests/${name}`, flat(headers), PUT_BODY);

const METHODS: readonly DescMethod[] = SERVICES.flatMap(({ methods }) => methods);
const ruleOfMethod = ({ parent, name }: DescMethod) => ruleOf(`${parent.typeName}/${name}`);
const GUARDED_METHODS = METHODS.filter((method) => ruleOfMethod(method) !== 'open');
const GUARDED_ROUTES = RULED.filter((each) => each.includes(' ') && ruleOf(each) !== 'open').map(
  (each) => each.replace('{name}', 'mine/a').split(' ') as [string, string],
);

/** Calls everything that is guarded by every protocol, and says where it was answered otherwise. */
async function exceptions(headers: Record<string, string>, code: string, status: number) {
  const found: string[] = [];
  for (const method of GUARDED_METHODS) {
    for (const [protocol, transport] of transportsFor(method, port)) {
      const outcome = await call(transport, method, headers);
      if (outcome.code !== code) found.push(`${method.name} by ${protocol}: ${outcome.code}`);
    }
  }
  for (const [method, path] of GUARDED_ROUTES) {
    const body = method === 'GET' || method === 'DELETE' ? '' : PUT_BODY;
    const answer = await request(port, method, path, flat(headers), body);
    if (answer.status !== status) found.push(`${method} ${path}: ${answer.status}`);
    if (status === 401 && answer.headers['www-authenticate'] !== 'Bearer') {
      found.push(`${method} ${path}: no challenge`);
    }
  }
  return found;
}

describe('every guarded method of every protocol refuses', () => {
  const now = () => Date.now();
  const claims = () => ({ iss: ISSUER, aud: AUDIENCE, sub: 'alice', exp: now() / 1_000 + 300 });
  const unknown = newToken('me', Buffer.alloc(TOKEN_BYTES, 9)).token;

  test.each<[string, () => Promise<Record<string, string>> | Record<string, string>]>([
    ['no credentials', () => ({})],
    ['a static token that is not known', () => bearer(unknown)],
    ['a static token that is expired', () => bearer(expired.token)],
    ['the hash of a good token', () => bearer(me.line.split('sha256:')[1] ?? '')],
    ['a password', () => ({ authorization: `Basic ${btoa(`me:${me.token}`)}` })],
    ['a good token without its scheme', () => ({ authorization: me.token })],
    ['two tokens in one header', () => ({ authorization: `Bearer ${me.token}, Bearer x` })],
    ['a token in a cookie', () => ({ cookie: `authorization=Bearer ${root.token}` })],
    ['a token in another header', () => ({ 'x-authorization': `Bearer ${root.token}` })],
    ['a token for a proxy', () => ({ 'proxy-authorization': `Bearer ${root.token}` })],
    [
      'what a proxy would say',
      () => ({
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-user': 'root',
        'x-remote-user': 'root',
        'x-forwarded-client-cert': 'Subject="CN=root"',
        'x-ssl-client-s-dn': 'CN=root',
        forwarded: 'for=127.0.0.1;proto=https',
      }),
    ],
    [
      'an expired JWT',
      async () => bearer(await guarded.issuer.sign(now(), { exp: now() / 1_000 - 60 })),
    ],
    [
      'a JWT of another issuer',
      async () => bearer(await guarded.issuer.sign(now(), { iss: 'https://evil.example' })),
    ],
    [
      'a JWT for another audience',
      async () => bearer(await guarded.issuer.sign(now(), { aud: 'another' })),
    ],
    ['a JWT signed with another key', async () => bearer(await foreign.sign(now()))],
    ['a JWT without a signature', () => bearer(rawJwt({ alg: 'none' }, claims(), ''))],
    [
      'a JWT signed by HS256 with the public key',
      async () => {
        const pem = await exportSPKI((await importJWK(guarded.issuer.jwk)) as CryptoKey);
        const unsigned = rawJwt({ alg: 'HS256', kid: 'key-1' }, claims(), '').slice(0, -1);
        const mac = createHmac('sha256', pem).update(unsigned).digest('base64url');
        return bearer(`${unsigned}.${mac}`);
      },
    ],
    [
      'a JWT that brings its own key',
      async () => bearer(await foreign.sign(now(), {}, { jwk: foreign.jwk })),
    ],
    [
      'a JWT that names a URL for its key',
      async () => bearer(await foreign.sign(now(), {}, { jku: `http://127.0.0.1:${port}/keys` })),
    ],
    [
      'a JWT that names a path for its key',
      async () => bearer(await foreign.sign(now(), {}, { kid: '../../../../../dev/null' })),
    ],
  ])('%s', async (_, headers) => {
    expect(await exceptions(await headers(), 'Unauthenticated', 401)).toEqual([]);
  });

  test('but a good JWT and a good token are let in', async () => {
    for (const token of [me.token, await guarded.issuer.sign(now())]) {
      const list = CatalogService.method.listManifests;
      for (const [, transport] of transportsFor(list, port)) {
        expect((await call(transport, list, bearer(token))).code).toBe('OK');
      }
    }
  });
});

test.each([
  ['application/json', 'RegisterManifest', '"code":"unauthenticated"'],
  ['application/proto', 'RegisterManifest', '"code":"unauthenticated"'],
  ['application/connect+json', 'WatchManifests', '"code":"unauthenticated"'],
  ['application/grpc-web+proto', 'RegisterManifest', 'grpc-status: 16'],
  ['application/grpc+proto', 'RegisterManifest', 'grpc-status: 16'],
])('who is not let in is told so before its message is read: %s', async (type, method, told) => {
  const socket = await rawConnect(port);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  const head = [
    `POST /catalogd.v1.CatalogService/${method} HTTP/1.1`,
    'host: a',
    `content-type: ${type}`,
    // Of which nothing comes.
    'content-length: 1000',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  for (let looks = 0; looks < 200 && !answer.includes(told); looks += 1) await sleep(10);
  socket.destroy();
  expect(answer).toContain(told);
});

test('no answer and no line of the log has a token in it', async () => {
  const lines = guarded.logged.join('\n');
  expect(lines).toContain('a caller was refused');
  for (const { token } of [me, root, expired]) expect(lines).not.toContain(token.slice(9));
});

describe('a caller without any right', () => {
  const headers = bearer(nobody.token);

  test.each(GUARDED_METHODS.filter((method) => ruleOfMethod(method) !== 'read'))(
    'is refused $name',
    async (method) => {
      for (const [, transport] of transportsFor(method, port)) {
        expect((await call(transport, method, headers)).code).toBe('PermissionDenied');
      }
    },
  );

  test('does not see what there is', async () => {
    const { getManifest, listObjects, listManifests, batchGetManifests } = CatalogService.method;
    for (const method of [getManifest, listObjects]) {
      for (const [, transport] of transportsFor(method, port)) {
        expect((await call(transport, method, headers)).code).toBe('NotFound');
      }
    }
    for (const [, transport] of transportsFor(listManifests, port)) {
      const { answer } = await call(transport, listManifests, headers);
      expect(answer).toMatchObject({ manifests: [], nextPageToken: '', unreadableNames: [] });
      const batch = await call(transport, batchGetManifests, headers);
      expect(batch.answer).toMatchObject({ manifests: [], missingNames: ['mine/a'] });
    }
  });

  test.each([
    ['/metrics', 403],
    ['/openapi.yaml', 403],
    ['/healthz', 200],
    ['/readyz', 200],
  ])('gets %s: %d', async (path, status) => {
    expect((await request(port, 'GET', path, flat(headers))).status).toBe(status);
    const without = await request(port, 'GET', path);
    expect(without.status).toBe(status === 403 ? 401 : 200);
  });
});

describe('what a caller may not read is as if it did not exist', () => {
  const told = (outcome: Awaited<ReturnType<typeof call>>, name: string) =>
    JSON.stringify({
      code: outcome.code,
      message: outcome.error?.message,
      // Encoded: names of one length are told apart by nothing but their letters.
      details: outcome.error?.details.map((detail) =>
        Buffer.from((detail as { value: Uint8Array }).value).toString('latin1'),
      ),
    }).replaceAll(name, 'N');

  const named = CatalogService.methods.filter(({ input }) =>
    input.fields.some(({ name }) => name === 'name'),
  );

  test.each(named)('$name', async (method) => {
    for (const [, transport] of transportsFor(method, port)) {
      const of = async (name: string, extra: object = {}) =>
        told(
          await call(transport, method, bearer(me.token), {
            ...requestFor(method, name),
            ...extra,
          }),
          name,
        );
      const hidden = await of('other/a');
      expect(hidden).toBe(await of('other/0'));
      if (ruleOfMethod(method) === 'read') expect(hidden).toBe(await of('mine/00'));
      const code = ruleOfMethod(method) === 'read' ? 'NotFound' : 'PermissionDenied';
      expect(hidden).toContain(code);
      for (const extra of [
        { expectedEtag: '1-0000000000000000' },
        { minVersion: 99n },
        { consistency: 2 },
        { requestId: 'replayed' },
        { showDeleted: true },
      ]) {
        expect(await of('other/a', extra)).toBe(hidden);
      }
    }
  });

  test('a request id of another caller gives nothing away', async () => {
    const key = ['idempotency-key', '"id-1"'];
    const path = '/v1/manifests/other/b';
    const rootHeaders = [...flat(bearer(root.token)), ...key];
    expect((await request(port, 'PUT', path, rootHeaders, PUT_BODY)).status).toBe(201);
    const answer = await request(port, 'PUT', path, [...flat(bearer(me.token)), ...key], PUT_BODY);
    expect(answer.status).toBe(403);
    expect(answer.body).not.toContain('datasetId');
  });
});

describe('tricks with names', () => {
  const PATHS = [
    'mine/../other/a',
    'mine/%2e%2e/other/a',
    'mine%2F..%2Fother%2Fa',
    'mine%2f%2e%2e%2fother%2fa',
    'mine%252F..%252Fother%252Fa',
    'mine/..%5Cother%5Ca',
    'mine/./a',
    'mine//a',
    '/mine/a',
    'mine/a/',
    'mine',
    'minex/a',
    'Mine/a',
    'MINE/a',
    'other/a',
    'other%2Fa',
    'other/a%00',
    'mine/a%00',
    'mine%00/a',
    'other/a;mine/a',
    'other/a%23mine/a',
    'm%C4%B1ne/a',
  ];

  test.each(PATHS)('%s is neither read nor written', async (path) => {
    for (const [method, prefix] of [
      ['GET', 'manifests'],
      ['GET', 'objects'],
      ['PUT', 'manifests'],
      ['DELETE', 'manifests'],
    ] as const) {
      const body = method === 'PUT' ? PUT_BODY : '';
      const { status } = await request(
        port,
        method,
        `/v1/${prefix}/${path}`,
        flat(bearer(me.token)),
        body,
      );
      expect([400, 403, 404]).toContain(status);
    }
    const name = decodeURIComponent(path);
    const { getManifest, registerManifest } = CatalogService.method;
    for (const [, transport] of transportsFor(getManifest, port)) {
      const read = await call(transport, getManifest, bearer(me.token), { name });
      expect(['NotFound', 'InvalidArgument']).toContain(read.code);
      const written = await call(transport, registerManifest, bearer(me.token), {
        name,
        schemaFingerprint: 'fp',
      });
      expect(['PermissionDenied', 'InvalidArgument']).toContain(written.code);
    }
  });

  test('and a prefix shows only what may be read', async () => {
    for (const prefix of ['', 'm', 'mine', 'mine/', 'other/', 'z', 'Mine']) {
      const { body } = await request(
        port,
        'GET',
        `/v1/manifests?prefix=${prefix}&page_size=1000`,
        flat(bearer(me.token)),
      );
      const names = JSON.parse(body).manifests.map(({ name }: { name: string }) => name);
      expect(names).toEqual('mine/'.startsWith(prefix) ? ['mine/a', 'mine/b'] : []);
    }
  });
});

describe('smuggling', () => {
  const good = ['authorization', `Bearer ${root.token}`];

  test.each<[string, string, string, string[], [string, string][]]>([
    ['a token twice', 'GET', '/v1/manifests/z', [...good, ...good], []],
    [
      'a bad token before a good one',
      'GET',
      '/v1/manifests/z',
      ['authorization', 'x', ...good],
      [],
    ],
    [
      'a good token before a bad one',
      'GET',
      '/v1/manifests/z',
      [...good, 'Authorization', 'x'],
      [],
    ],
    [
      'a token in the trailers',
      'PUT',
      '/v1/manifests/z',
      ['transfer-encoding', 'chunked'],
      [['authorization', `Bearer ${root.token}`]],
    ],
    ['a token in the query', 'GET', `/v1/manifests/z?access_token=${root.token}`, [], []],
    ['a token in the authority', 'GET', `http://x:${root.token}@127.0.0.1/v1/manifests/z`, [], []],
  ])('%s is refused', async (_, method, path, headers, trailers) => {
    const body = method === 'PUT' ? PUT_BODY : '';
    expect((await request(port, method, path, headers, body, trailers)).status).toBe(401);
  });

  test('several tokens in any protocol become one header that is none', () => {
    // Node's own client does not send them over HTTP/2; its server would keep the first.
    const headers = { authorization: 'Bearer a' };
    joinAuthorization(headers, [
      'authorization',
      'Bearer a',
      'x',
      'y',
      'Authorization',
      'Bearer b',
    ]);
    expect(headers.authorization).toBe('Bearer a, Bearer b');
    expect(() => bearerToken(headers.authorization)).toThrow(BadCredentials);
    const one = { authorization: 'Bearer a' };
    joinAuthorization(one, ['authorization', 'Bearer a', 'x', 'authorization']);
    expect(bearerToken(one.authorization)).toBe('a');
  });

  test.each(['x-http-method-override', 'x-http-method', 'x-method-override'])(
    'another method in %s is not taken',
    async (header) => {
      const headers = [...flat(bearer(me.token)), header, 'DELETE'];
      expect((await request(port, 'GET', '/v1/manifests/mine/a', headers)).status).toBe(200);
      expect((await request(port, 'GET', '/v1/manifests/mine/a', headers)).status).toBe(200);
      const posted = await request(port, 'POST', '/v1/manifests/mine/a', headers);
      expect(posted.status).toBe(405);
    },
  );

  test.each(['x-original-url', 'x-rewrite-url', 'x-forwarded-prefix'])(
    'another path in %s is not taken',
    async (header) => {
      const headers = [header, '/healthz'];
      expect((await request(port, 'GET', '/v1/manifests/z', headers)).status).toBe(401);
    },
  );
});

describe('a token for the next page', () => {
  test('of another caller is refused, or shows nothing but what may be read', async () => {
    const page = (token: string, headers: Record<string, string>) =>
      request(port, 'GET', `/v1/manifests?page_size=1&page_token=${token}`, flat(headers));
    const first = JSON.parse((await page('', bearer(root.token))).body);
    expect((await page(first.nextPageToken, bearer(root.token))).status).toBe(200);
    expect((await page(first.nextPageToken, bearer(me.token))).status).toBe(400);

    const objects = await request(
      port,
      'GET',
      `/v1/objects/other/a?page_token=${first.nextPageToken}`,
      flat(bearer(me.token)),
    );
    expect([400, 404]).toContain(objects.status);
  });

  test('leads through exactly what may be read', async () => {
    const seen: string[] = [];
    let token = '';
    do {
      const { body } = await request(
        port,
        'GET',
        `/v1/manifests?page_size=1&page_token=${token}`,
        flat(bearer(me.token)),
      );
      const page = JSON.parse(body);
      seen.push(...page.manifests.map(({ name }: { name: string }) => name));
      token = page.nextPageToken;
    } while (token !== '');
    expect(seen).toEqual(['mine/a', 'mine/b']);
  });
});
