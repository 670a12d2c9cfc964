import { describe, expect, it } from '@jest/globals';
import { StaticTokens } from '../../src/auth/static-tokens.ts';
import { run } from './run-cli.ts';

describe('catalogd token', () => {
  it('makes a token, another one each time, and the line that makes it known', async () => {
    const { code, out, err } = await run(['token', 'ci']);
    expect(code).toBe(0);
    expect(StaticTokens.parse(err).identify(out.trim(), 0).name).toBe('token:ci');
    expect(err).not.toContain(out.trim());
    expect((await run(['token', 'ci'])).out).not.toBe(out);
  });

  it('refuses a name that the file could not have', async () => {
    const { code, out, err } = await run(['token', 'two words']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('"two words" is not a name of 1 to 64 letters');
  });
});

describe('catalogd serve', () => {
  it('names what authentication lacks', async () => {
    const args = ['serve', '--store', 'memory:', '--listen', '127.0.0.1:0'];
    const half = await run([...args, '--oidc-issuer', 'https://issuer.example']);
    expect(half.code).toBe(2);
    expect(half.err).toContain(
      'oidc.issuer is set without oidc.audience and oidc.jwks: JWTs need all three',
    );
    const file = await run([...args, '--policy', '/nowhere/policy.yaml']);
    expect(file.code).toBe(2);
    expect(file.err).toContain('/nowhere/policy.yaml: cannot be read (ENOENT)');
    const oidc = ['--oidc-issuer', 'https://i.example', '--oidc-audience', 'a'];
    const plain = await run([...args, ...oidc, '--oidc-jwks', 'http://i.example/keys']);
    expect(plain.code).toBe(2);
    expect(plain.err).toContain('must be an https: URL');
  });
});
