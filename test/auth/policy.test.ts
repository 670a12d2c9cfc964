import { describe, expect, test } from '@jest/globals';
import { BadFile } from '../../src/auth/bad-file.ts';
import { certificateIdentity } from '../../src/auth/certificate.ts';
import { ANONYMOUS, identified, principal } from '../../src/auth/identity.ts';
import { Policy } from '../../src/auth/policy.ts';

const POLICY = `
version: 1
grants:
  - { role: reader, names: [public/], to: [anonymous] }
  - { role: reader, names: [shared], to: [authenticated] }
  - { role: writer, names: [team-a/], to: [{ token: ci }, { claim: groups, value: a }] }
  - { role: admin, names: [team-a/], to: [{ subject: alice }] }
  - { role: admin, names: ["*"], to: [{ certificate_san: "DNS:Ops.Example" }] }
  - { role: monitor, to: [{ token: prometheus }] }
`;

function may(identity: typeof ANONYMOUS, policy = Policy.parse(POLICY)) {
  const { reads, writes, administers, monitors, describes } = policy.accessOf(identity);
  return (name: string) =>
    [
      reads.covers(name) && 'read',
      writes.covers(name) && 'write',
      administers.covers(name) && 'purge',
      monitors && 'monitor',
      describes && 'describe',
    ]
      .filter((right) => right !== false)
      .join(' ');
}

describe('a policy', () => {
  test('grants what it says, and nothing else', () => {
    const anonymous = may(ANONYMOUS);
    expect(anonymous('public/a')).toBe('read describe');
    expect(anonymous('shared')).toBe('describe');

    const ci = may(identified('', [principal('token', 'ci')]));
    expect(ci('team-a/x')).toBe('read write describe');
    expect(ci('team-ab/x')).toBe('describe');
    expect(ci('public/a')).toBe('read describe');
    expect(ci('shared')).toBe('read describe');

    const alice = may(identified('', [principal('subject', 'alice')]));
    expect(alice('team-a/x')).toBe('read write purge describe');

    const ops = may(certificateIdentity({ subject: 'ops', names: ['DNS:ops.example'] }));
    expect(ops('any/thing')).toBe('read write purge monitor describe');

    const prometheus = may(identified('', [principal('token', 'prometheus')]));
    expect(prometheus('team-a/x')).toBe('monitor describe');
  });

  test('takes one kind of principal for no other', () => {
    for (const [kind, ...parts] of [
      ['subject', 'ci'],
      ['certificate_cn', 'ci'],
      ['claim', ['token'], 'ci'],
      ['claim', ['groups', 'a'], ''],
    ] as const) {
      const somebody = may(identified('', [principal(kind, ...parts)]));
      expect(somebody('team-a/x')).toBe('describe');
    }
  });

  test.each([
    ['dns:Ops.Example', 'DNS:ops.example'],
    ['uri:spiffe://example.org/Etl', 'URI:spiffe://example.org/Etl'],
    ['IP Address:10.0.0.7', 'IP:10.0.0.7'],
    ['ip:10.0.0.7', 'IP:10.0.0.7'],
  ])('takes the kind of a name in a certificate as it is usually written: %s', (written, name) => {
    const grants = [{ role: 'reader', names: ['*'], to: [{ certificate_san: written }] }];
    const policy = Policy.parse(JSON.stringify({ version: 1, grants }));
    const caller = (san: string) => may(certificateIdentity({ subject: '', names: [san] }), policy);
    expect(caller(name)('a')).toBe('read describe');
    expect(caller(`${name}x`)('a')).toBe('');
    expect(caller(`email${name.slice(name.indexOf(':'))}`)('a')).toBe('');
  });

  test('without a grant for a caller has nothing for it', () => {
    const policy = Policy.parse('{"version": 1, "grants": []}');
    expect(may(ANONYMOUS, policy)('a')).toBe('');
  });

  test.each<[string, string, string[]]>([
    ['empty', '', ['policy: Invalid input: expected object, received null']],
    ['of another version', 'version: 2\ngrants: []', ['version: Invalid input: expected 1']],
    ['with a key twice', 'version: 1\ngrants: []\ngrants: []', ['line 3: Map keys must be unique']],
    [
      'with a tag',
      'version: 1\ngrants: !!js/function x',
      ['line 2: Unresolved tag: tag:yaml.org,2002:js/function'],
    ],
    [
      'with several mistakes',
      `
version: 1
grants:
  - { role: owner, names: [a], to: [anonymous] }
  - { role: reader, names: ["", "a//b", "../a", "a*", "*"], to: [anonymous] }
  - { role: reader, to: [anonymous] }
  - { role: reader, names: [a], to: [] }
  - { role: reader, names: [a], to: [{ token: ci, subject: x }, somebody] }
  - { role: monitor, names: [a], to: [anonymous] }
  - { role: reader, names: [a], to: [anonymous], note: x }
`,
      [
        'grants[0].role: role must be reader, writer, admin or monitor',
        'grants[1].names[0]: must be *',
        'grants[1].names[1]: must be *',
        'grants[1].names[2]: must be *',
        'grants[1].names[3]: must be *',
        'grants[2].names: Invalid input: expected array, received undefined',
        'grants[3].to: Too small',
        'grants[4].to[0]: must be anonymous',
        'grants[4].to[1]: must be anonymous',
        'grants[5]: Unrecognized key: "names"',
        'grants[6]: Unrecognized key: "note"',
      ],
    ],
  ])('%s is refused, each mistake with its place', (_, text, problems) => {
    let found: readonly string[] = [];
    try {
      Policy.parse(text);
    } catch (error) {
      if (!(error instanceof BadFile)) throw error;
      found = error.problems;
    }
    expect(found.map((each, i) => each.slice(0, problems[i]?.length))).toEqual(problems);
  });

  test('that unfolds without bound is refused', () => {
    const rows = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh']) {
      rows.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(', ')}]`);
    }
    expect(() => Policy.parse(rows.join('\n'))).toThrow(BadFile);
  });
});
