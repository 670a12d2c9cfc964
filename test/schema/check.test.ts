import { describe, expect, it } from '@jest/globals';
import { canonicalText } from '../../src/schema/canonical.ts';
import { fieldNameProblem, schemaProblem, schemaTextProblem } from '../../src/schema/check.ts';
import type { SchemaNode } from '../../src/schema/schema-node.ts';

const leaf: SchemaNode = {
  name: 'a',
  repetition: 'OPTIONAL',
  physicalType: 'INT64',
  logicalType: null,
  typeLength: null,
};

function nested(levels: number): SchemaNode {
  const { physicalType: _, ...head } = leaf;
  return levels === 1 ? leaf : { ...head, name: 'g', children: [nested(levels - 1)] };
}

/** Columns whose canonical form has just as many bytes. */
function ofBytes(bytes: number): SchemaNode[] {
  const columns = new Array<SchemaNode>(1_000).fill({ ...leaf, name: 'n'.repeat(1_000) });
  const missing = bytes - canonicalText([...columns, leaf]).length;
  const more = Array.from({ length: Math.floor(missing / 1_024) }, () => ({
    ...leaf,
    name: 'm'.repeat(1_024 - canonicalText([leaf]).length + 2),
  }));
  const rest = bytes - canonicalText([...columns, ...more, leaf]).length;
  return [...columns, ...more, { ...leaf, name: `a${'x'.repeat(rest)}` }];
}

describe('a schema that a manifest can carry', () => {
  it.each<[string, SchemaNode[]]>([
    ['10,000 fields', new Array(10_000).fill(leaf)],
    ['10,000 fields, one within another', [...new Array(9_998).fill(leaf), nested(2)]],
    ['32 levels', [nested(32)]],
    ['1 MiB', ofBytes(1024 * 1024)],
    ['a name of 1,024 bytes', [{ ...leaf, name: '\u00fc'.repeat(512) }]],
    [
      'names which only Parquet takes',
      [
        { ...leaf, name: '' },
        { ...leaf, name: '\u0000\n' },
      ],
    ],
  ])('has %s', (_, columns) => {
    expect(schemaProblem(columns)).toBeUndefined();
    expect(schemaTextProblem(canonicalText(columns))).toBeUndefined();
  });

  it.each<[string, SchemaNode[], string]>([
    ['no field', [], 'no field'],
    ['10,001 fields', new Array(10_001).fill(leaf), 'more than 10000 fields: "a"'],
    ['10,001 with those of groups', [...new Array(9_999).fill(leaf), nested(2)], '"g.a" is one'],
    ['33 levels', [nested(33)], `more than 32 levels, at "${'g.'.repeat(32)}a"`],
    ['a level without end', [nested(1_000)], 'more than 32 levels'],
    ['more than 1 MiB', ofBytes(1024 * 1024 + 1), 'has 1048577 bytes'],
    ['a long name', [{ ...leaf, name: 'n'.repeat(1_025) }], '1024 bytes of UTF-8, not 1025'],
    ['a name that may not be as sent', [{ ...leaf, name: '\ufffd' }], 'without U+FFFD: "\ufffd"'],
  ])('does not have %s', (_, columns, problem) => {
    expect(schemaProblem(columns)).toContain(problem);
  });

  it('is no text but a canonical one', () => {
    expect(schemaTextProblem('[]')).toBe('has no field');
    expect(schemaTextProblem('{}')).toBe('the schema is not an array of fields');
    expect(schemaTextProblem(canonicalText([nested(101)]))).toContain('deeper than 100 levels');
  });

  it('names a field at fault by the end of its path, however long', () => {
    const name = 'n'.repeat(1_024);
    const { physicalType: _, ...head } = leaf;
    const inner = { ...leaf, name: '\ufffd' };
    const problem = schemaProblem([
      { ...head, name, children: [{ ...head, name, children: [inner] }] },
    ]);
    expect(problem).toContain('nnn.\ufffd"');
    expect(problem?.length).toBeLessThan(400);
  });

  it('has names without lone surrogates', () => {
    expect(fieldNameProblem('\ud800')).toContain('UTF-8');
  });
});
