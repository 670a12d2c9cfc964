import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type CryptoKey, exportSPKI, importJWK, type JWTVerifyGetKey } from 'jose';
import { principal } from '../../src/auth/identity.ts';
import { keysOf, remoteKeys } from '../../src/auth/jwks.ts';
import { JwtVerifier } from '../../src/auth/jwt.ts';
import { AuthenticationUnavailable, BadCredentials } from '../../src/auth/refusal.ts';
import { AUDIENCE, ISSUER, Issuer, rawJwt } from './issuer.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');
let issuer: Issuer;
let foreign: Issuer;

beforeAll(async () => {
  [issuer, foreign] = await Promise.all([Issuer.create(), Issuer.create()]);
});

function verifier(nowMs = NOW, keys: JWTVerifyGetKey = keysOf(issuer.jwks)): JwtVerifier {
  return new JwtVerifier({ issuer: ISSUER, audience: AUDIENCE, keys, nowMs: () => nowMs });
}

describe('a JSON Web Token', () => {
  test('says who calls: the subject, and each claim by its path', async () => {
    const token = await issuer.sign(NOW, {
      groups: ['data', 'ops'],
      realm_access: { roles: ['dev'], level: 3 },
    });
    const identity = await verifier().identify(token);
    expect(identity.name).toBe('sub:alice');
    expect(identity.expiresAtMs).toBe(NOW + 330_000);
    for (const each of [
      principal('subject', 'alice'),
      principal('claim', ['groups'], 'data'),
      principal('claim', ['groups'], 'ops'),
      principal('claim', ['realm_access', 'roles'], 'dev'),
      principal('claim', ['realm_access', 'level'], '3'),
    ]) {
      expect(identity.principals).toContain(each);
    }
  });

  test('cannot make up a claim by how it names one', async () => {
    const token = await issuer.sign(NOW, { 'groups"],"x': 'y', 'a.b': 'c', sub: '\u001b[2J\n' });
    const { principals, name } = await verifier().identify(token);
    expect(principals).not.toContain(principal('claim', ['a', 'b'], 'c'));
    expect(name).toBe('sub:\\u{1b}[2J\\u{a}');
  });

  test.each<[string, Record<string, unknown>]>([
    ['of another issuer', { iss: 'https://other.example' }],
    ['of an issuer with a slash more', { iss: `${ISSUER}/` }],
    ['for another audience', { aud: 'somebody-else' }],
    ['for no audience', { aud: undefined }],
    ['that is expired', { exp: NOW / 1_000 - 31 }],
    ['that never expires', { exp: undefined }],
    ['that is not valid yet', { nbf: NOW / 1_000 + 31 }],
    ['without a subject', { sub: undefined }],
    ['with an empty subject', { sub: '' }],
    ['whose subject is no text', { sub: { a: 1 } }],
  ])('%s is refused', async (_, claims) => {
    const token = await issuer.sign(NOW, claims);
    await expect(verifier().identify(token)).rejects.toThrow(BadCredentials);
  });

  test('may be off by the bound on clocks, and not by more', async () => {
    const late = await issuer.sign(NOW, { exp: NOW / 1_000 - 29 });
    await expect(verifier().identify(late)).resolves.toBeDefined();
    const early = await issuer.sign(NOW, { nbf: NOW / 1_000 + 29 });
    await expect(verifier().identify(early)).resolves.toBeDefined();
  });

  test('that ends within a second is good until its own end, and not after', async () => {
    const token = await issuer.sign(NOW, { exp: NOW / 1_000 + 300.5 });
    const { expiresAtMs = 0 } = await verifier().identify(token);
    await expect(verifier(expiresAtMs - 1).identify(token)).resolves.toBeDefined();
    await expect(verifier(expiresAtMs).identify(token)).rejects.toThrow(BadCredentials);
  });

  test('of which one bit is another is refused', async () => {
    const token = await issuer.sign(NOW);
    const at = token.lastIndexOf('.') + 5;
    const flipped = token[at] === 'A' ? 'B' : 'A';
    const bad = token.slice(0, at) + flipped + token.slice(at + 1);
    await expect(verifier().identify(bad)).rejects.toThrow(BadCredentials);
  });

  const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'alice', exp: NOW / 1_000 + 300 };
  test.each<[string, () => Promise<string>]>([
    ['another key', () => foreign.sign(NOW)],
    ['no signature (alg none)', async () => rawJwt({ alg: 'none' }, claims, '')],
    ['no signature (alg None)', async () => rawJwt({ alg: 'None' }, claims, '')],
    [
      'HS256 and the public key as secret',
      async () => {
        const pem = await exportSPKI((await importJWK(issuer.jwk)) as CryptoKey);
        const unsigned = rawJwt({ alg: 'HS256', kid: 'key-1' }, claims, '').replace(/\.$/, '');
        return `${unsigned}.${createHmac('sha256', pem).update(unsigned).digest('base64url')}`;
      },
    ],
    ['another key that its header brings along', () => foreign.sign(NOW, {}, { jwk: foreign.jwk })],
    ['a key from a URL of its own', () => foreign.sign(NOW, {}, { jku: 'https://evil.example/' })],
    ['a key named by a path', () => foreign.sign(NOW, {}, { kid: '../../../../dev/null' })],
    ['an extension that is not known', () => issuer.sign(NOW, {}, { crit: ['x'], x: 1 })],
  ])('signed with %s is refused', async (_, make) => {
    const token = await make().catch(() =>
      rawJwt({ alg: 'ES256', crit: ['x'], x: 1 }, claims, 'x'),
    );
    await expect(verifier().identify(token)).rejects.toThrow(BadCredentials);
  });

  test('is remembered for a while, but not beyond its end', async () => {
    let now = NOW;
    let asked = 0;
    const keys = keysOf(issuer.jwks);
    const counted: JWTVerifyGetKey = (...args) => {
      asked += 1;
      return keys(...args);
    };
    const jwt = new JwtVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      keys: counted,
      nowMs: () => now,
    });
    const token = await issuer.sign(NOW, { exp: NOW / 1_000 - 20 });
    const identity = await jwt.identify(token);
    expect(await jwt.identify(token)).toBe(identity);
    expect(asked).toBe(1);
    now = NOW + 10_000;
    await expect(jwt.identify(token)).rejects.toThrow(BadCredentials);
  });
});

describe('keys', () => {
  test.each([
    ['{', 'must be a JWK set in JSON (RFC 7517)'],
    ['null', 'keys: must be an array of at least one public key'],
    ['{"keys": []}', 'keys: must be an array of at least one public key'],
    [
      '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}',
      'keys[0]: is a private or symmetric key; put only public keys here',
    ],
    ['{"keys": [{}]}', 'keys[0].kty: is missing'],
  ])('%s are refused', (text, problem) => {
    expect(() => keysOf(text)).toThrow(problem);
  });

  /** A key set that is fetched from `answers`, the last of which goes on for ever. */
  function fetched(answers: (string | Response | Error)[]) {
    let now = 0;
    let fetches = 0;
    const failures: unknown[] = [];
    const keys = remoteKeys(new URL('https://issuer.example/keys'), {
      monotonic: () => now,
      onFailure: (err) => failures.push(err),
      fetch: async () => {
        fetches += 1;
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        if (answer instanceof Error) throw answer;
        return answer instanceof Response ? answer : new Response(answer);
      },
    });
    const advance = (ms: number) => {
      now += ms;
    };
    return { jwt: verifier(NOW, keys), advance, failures, fetches: () => fetches };
  }

  test('are fetched once for many tokens', async () => {
    const { jwt, fetches } = fetched([issuer.jwks]);
    const tokens = await Promise.all([1, 2, 3, 4].map((i) => issuer.sign(NOW, { sub: `u${i}` })));
    await Promise.all(tokens.map((token) => jwt.identify(token)));
    expect(fetches()).toBe(1);
  });

  test('that strangers make up do not have them fetched again and again', async () => {
    const { jwt, fetches } = fetched([issuer.jwks]);
    for (let i = 0; i < 20; i += 1) {
      const token = await foreign.sign(NOW, {}, { kid: `made-up-${i}` });
      await expect(jwt.identify(token)).rejects.toThrow(BadCredentials);
    }
    expect(fetches()).toBe(1);
  });

  test('that cannot be had are no fault of the caller, and are not asked for all the time', async () => {
    const { jwt, failures, fetches, advance } = fetched([new Error('down'), issuer.jwks]);
    const token = await issuer.sign(NOW);
    await expect(jwt.identify(token)).rejects.toThrow(AuthenticationUnavailable);
    await expect(jwt.identify(token)).rejects.toThrow(AuthenticationUnavailable);
    expect([fetches(), failures.length]).toEqual([1, 1]);
    advance(10_000);
    await expect(jwt.identify(token)).resolves.toBeDefined();
  });

  test('that cannot be had anew serve for an hour from when they were, and not longer', async () => {
    const { jwt, advance, failures } = fetched([issuer.jwks, new Error('down')]);
    // The library's own clock for how old the keys are.
    let later = 0;
    const realNow = Date.now;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => realNow() + later);
    const pass = (ms: number) => {
      advance(ms);
      later += ms;
    };
    try {
      await expect(jwt.identify(await issuer.sign(NOW))).resolves.toBeDefined();
      pass(3_600_000 - 1);
      await expect(jwt.identify(await issuer.sign(NOW, { n: 1 }))).resolves.toBeDefined();
      expect(failures).toHaveLength(1);
      // What was taken once more serves for some minutes after that.
      pass(301_000);
      const late = jwt.identify(await issuer.sign(NOW, { n: 2 }));
      await expect(late).rejects.toThrow(AuthenticationUnavailable);
    } finally {
      clock.mockRestore();
    }
  });

  const whole = () => JSON.parse(issuer.jwks);
  test.each<[string, () => string | Response]>([
    ['too long', () => JSON.stringify({ ...whole(), filler: 'x'.repeat(1_100_000) })],
    ['no key set', () => '<html>'],
    ['an error', () => new Response(issuer.jwks, { status: 500 })],
  ])('whose answer is %s are not taken', async (_, answer) => {
    const { jwt } = fetched([answer()]);
    await expect(jwt.identify(await issuer.sign(NOW))).rejects.toThrow(AuthenticationUnavailable);
  });
});
