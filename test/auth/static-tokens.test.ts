import { describe, expect, test } from '@jest/globals';
import { BadFile } from '../../src/auth/bad-file.ts';
import { BadCredentials } from '../../src/auth/refusal.ts';
import { newToken, StaticTokens, TOKEN_BYTES } from '../../src/auth/static-tokens.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const ci = newToken('ci', Buffer.alloc(TOKEN_BYTES, 1));
const other = newToken('ci', Buffer.alloc(TOKEN_BYTES, 2));

function problemsOf(text: string): readonly string[] {
  try {
    StaticTokens.parse(text);
  } catch (error) {
    if (error instanceof BadFile) return error.problems;
  }
  return [];
}

describe('static tokens', () => {
  test('are known by what the file has of them, which is not the token', () => {
    const tokens = StaticTokens.parse(`# made by hand\n\n${ci.line}\r\n${other.line}\n`);
    expect(tokens.size).toBe(2);
    for (const { token } of [ci, other]) {
      expect(tokens.identify(token, NOW).name).toBe('token:ci');
    }
    expect(ci.line).not.toContain(ci.token.slice(9));
  });

  test.each([
    ['another one', newToken('x', Buffer.alloc(TOKEN_BYTES, 3)).token],
    ['its hash', ci.line.split('sha256:')[1] ?? ''],
    ['a part of it', ci.token.slice(0, -1)],
    ['more than it', `${ci.token}A`],
    ['only the prefix', 'catalogd_'],
  ])('%s is refused', (_, token) => {
    expect(() => StaticTokens.parse(ci.line).identify(token, NOW)).toThrow(BadCredentials);
  });

  test('end when the file says so, to the millisecond', () => {
    const tokens = StaticTokens.parse(`${ci.line} until=2026-11-25T12:00:00.001Z`);
    expect(tokens.identify(ci.token, NOW).expiresAtMs).toBe(NOW + 1);
    expect(() => tokens.identify(ci.token, NOW + 1)).toThrow('an expired token of token:ci');
  });

  test('a file with mistakes names each, and shows nothing that may be a token', () => {
    const problems = problemsOf(
      [
        ci.token,
        `two words ${ci.line}`,
        `${ci.line} until=soon`,
        `${ci.line} until=2026-13-45`,
        `${ci.line} until=2027-02-31T00:00:00Z`,
        `_x ${ci.line.slice(3)}`,
        ci.line,
        other.line,
        ci.line,
      ].join('\n'),
    );
    expect(problems).toEqual([
      'line 1: must be NAME sha256:HEX, as "catalogd token NAME" prints it',
      'line 2: must be NAME sha256:HEX, as "catalogd token NAME" prints it',
      'line 3: until=soon must be a time such as 2027-01-31T00:00:00Z',
      'line 4: until=2026-13-45 must be a time such as 2027-01-31T00:00:00Z',
      'line 5: until=2027-02-31T00:00:00Z must be a time such as 2027-01-31T00:00:00Z',
      'line 6: "_x" is not a name of 1 to 64 letters, digits and . _ @ / -',
      'line 9: the same token stands there twice',
    ]);
  });

  test('are 10,000 at most', () => {
    const line = (_: unknown, i: number) => `t sha256:${i.toString(16).padStart(64, '0')}`;
    expect(StaticTokens.parse(Array.from({ length: 10_000 }, line).join('\n')).size).toBe(10_000);
    const more = Array.from({ length: 10_001 }, line).join('\n');
    expect(() => StaticTokens.parse(more)).toThrow('more than 10000 tokens');
  });
});
