import { describe, expect, test } from '@jest/globals';
import { bearerToken } from '../../src/auth/bearer.ts';
import { FailureLog } from '../../src/auth/failure-log.ts';
import { Gate, type GateParts } from '../../src/auth/gate.ts';
import { Policy } from '../../src/auth/policy.ts';
import { BadCredentials } from '../../src/auth/refusal.ts';
import { newToken, StaticTokens, TOKEN_BYTES } from '../../src/auth/static-tokens.ts';

const ci = newToken('ci', Buffer.alloc(TOKEN_BYTES, 1));
const tokens = StaticTokens.parse(ci.line);
const certificate = { subject: 'etl', names: [] };
const nothing = { authorization: undefined, certificate: undefined };

function gate(parts: Partial<GateParts>): Gate {
  return new Gate({ nowMs: () => 0, ...parts });
}

describe('the gate', () => {
  test('that is open asks for nothing, and does not look at what it is shown', async () => {
    expect(Gate.open.isConfigured).toBe(false);
    const identity = await Gate.open.identify({ ...nothing, authorization: 'Basic garbage' });
    expect(identity.name).toBe('anonymous');
    expect(Gate.open.accessOf(identity).administers.isAll).toBe(true);
  });

  test('with tokens and no policy lets in whoever has one, for everything', async () => {
    const only = gate({ tokens: () => tokens });
    const identity = await only.identify({ ...nothing, authorization: `Bearer ${ci.token}` });
    expect(only.accessOf(identity).administers.isAll).toBe(true);
    await expect(only.identify(nothing)).rejects.toThrow('no credentials');
  });

  test('takes a token before a certificate, and a bad token for nothing else', async () => {
    const both = gate({ tokens: () => tokens, certificates: true });
    const by = async (authorization: string | undefined) =>
      (await both.identify({ authorization, certificate })).name;
    expect(await by(undefined)).toBe('cert:etl');
    expect(await by(`bearer ${ci.token}`)).toBe('token:ci');
    await expect(by('Bearer x')).rejects.toThrow(BadCredentials);
  });

  test('does not take a bad token for anonymous', async () => {
    const source = 'version: 1\ngrants: [{role: reader, names: ["*"], to: [anonymous]}]';
    const open = gate({ tokens: () => tokens, policy: () => Policy.parse(source) });
    expect((await open.identify(nothing)).name).toBe('anonymous');
    await expect(open.identify({ ...nothing, authorization: 'Bearer x' })).rejects.toThrow();
    const closed = gate({ policy: () => Policy.parse('{version: 1, grants: []}') });
    await expect(closed.identify(nothing)).rejects.toThrow('no credentials');
  });
});

test.each([
  'Basic dXNlcjpwYXNz',
  'Bearer',
  'Bearer ',
  `${ci.token}`,
  `Bearer ${ci.token} x`,
  `Bearer ${ci.token}, Bearer ${ci.token}`,
  `Bearer\t${ci.token}`,
  'Bearer \u0000',
  '',
])('the header %j holds no token', (header) => {
  expect(() => bearerToken(header)).toThrow(BadCredentials);
});

test('refused callers do not fill the log', () => {
  const lines: object[] = [];
  let now = 0;
  const log = new FailureLog({ warn: (fields) => lines.push(fields) }, () => now);
  for (let i = 0; i < 1_000; i += 1) log.refused({ i });
  expect(lines).toHaveLength(10);
  now = 10_000;
  log.refused({ i: 'next' });
  log.refused({ i: 'last' });
  expect(lines.slice(10)).toEqual([{ i: 'next', unsaid: 990 }, { i: 'last' }]);
});
