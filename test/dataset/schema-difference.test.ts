import { describe, expect, it } from '@jest/globals';
import type { SchemaElement } from 'hyparquet';
import { firstDifference, schemaFingerprint } from '../../src/dataset/fingerprint.ts';
import fc from '../support/fast-check.ts';
import { flat } from './support.ts';

const a: SchemaElement = { name: 'a', type: 'INT32', repetition_type: 'OPTIONAL' };
const b: SchemaElement = { name: 'b', type: 'DOUBLE', repetition_type: 'REQUIRED' };
const list = (element: SchemaElement): SchemaElement[] => [
  { name: 'root', num_children: 1 },
  { name: 'l', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  element,
];
const price = (precision: number): SchemaElement => ({
  ...a,
  logical_type: { type: 'DECIMAL', precision, scale: 2 },
});
const at = (isAdjustedToUTC: boolean): SchemaElement => ({
  name: 'at',
  type: 'INT64',
  repetition_type: 'OPTIONAL',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC, unit: 'MICROS' },
});

describe('firstDifference', () => {
  const cases: [string, SchemaElement[], SchemaElement[]][] = [
    [
      'column "a" is REQUIRED INT32, expected OPTIONAL INT32',
      flat(a),
      flat({ ...a, repetition_type: 'REQUIRED' }),
    ],
    [
      'column "a" is OPTIONAL INT64, expected OPTIONAL INT32',
      flat(a),
      flat({ ...a, type: 'INT64' }),
    ],
    [
      'column "a" is OPTIONAL INT32 INTEGER(8, unsigned), expected OPTIONAL INT32',
      flat(a),
      flat({ ...a, converted_type: 'UINT_8' }),
    ],
    [
      'column "a" is OPTIONAL INT32 DECIMAL(precision 9, scale 2), expected OPTIONAL INT32 DECIMAL(precision 8, scale 2)',
      flat(price(8)),
      flat(price(9)),
    ],
    [
      'column "at" is OPTIONAL INT64 TIMESTAMP(MICROS, local), expected OPTIONAL INT64 TIMESTAMP(MICROS, UTC)',
      flat(at(true)),
      flat(at(false)),
    ],
    ['column "b" (REQUIRED DOUBLE) is missing', flat(a, b), flat(a)],
    ['column "b" (REQUIRED DOUBLE) is missing', flat(b, a), flat(a)],
    ['column "b" (REQUIRED DOUBLE) is not expected', flat(a), flat(a, b)],
    ['column "b" (REQUIRED DOUBLE) is not expected', flat(a), flat(b, a)],
    ['column "a" is missing, "b" (REQUIRED DOUBLE) is in its place', flat(a), flat(b)],
    [
      'column "b" is where "a" is expected: the order of the columns differs',
      flat(a, b),
      flat(b, a),
    ],
    ['column "a" occurs more often than expected', flat(a), flat(a, a)],
    ['column "a" occurs less often than expected', flat(a, a), flat(a)],
    [
      'column "l.list.a" is OPTIONAL INT64, expected OPTIONAL INT32',
      list(a),
      list({ ...a, type: 'INT64' }),
    ],
    ['column "\\n" (OPTIONAL INT32) is not expected', flat(), flat({ ...a, name: '\n' })],
  ];
  it.each(cases)('%s', (message, expected, actual) => {
    expect(firstDifference(expected, actual)).toBe(message);
  });

  it('names the first column which differs', () => {
    const other = flat({ ...a, type: 'INT64' }, { ...b, type: 'FLOAT' });
    expect(firstDifference(flat(a, b), other)).toMatch(/^column "a"/);
  });

  it('keeps a message readable whatever the name', () => {
    const message = firstDifference(flat(), flat({ ...a, name: 'x'.repeat(100_000) }));
    expect(message?.length).toBeLessThan(300);
  });

  it('keeps a message readable whatever the type', () => {
    const place = (crs: string): SchemaElement[] =>
      flat({ ...a, type: 'BYTE_ARRAY', logical_type: { type: 'GEOMETRY', crs } });
    const [crs, other] = [`{\n${'x'.repeat(100_000)}`, `{\n${'x'.repeat(100_001)}`];
    expect(firstDifference(place(crs), place(other))).toMatch(/^column "a" is .{50,300}$/);
  });

  it('finds a difference if and only if the fingerprints differ', () => {
    const column = fc.record({
      name: fc.constantFrom('a', 'b'),
      repetition_type: fc.constantFrom('OPTIONAL', 'REQUIRED'),
      type: fc.constantFrom('INT32', 'INT64'),
      converted_type: fc.constantFrom(undefined, 'INT_32', 'UINT_32', 'INT_64', 'TIME_MICROS'),
      nested: fc.boolean(),
    });
    const schema = fc
      .array(column, { maxLength: 3 })
      .map((columns) => [
        { name: 'root', num_children: columns.length },
        ...columns.flatMap(({ nested, ...leaf }) =>
          nested ? [{ name: 'g', num_children: 1 }, leaf] : [leaf],
        ),
      ]) as fc.Arbitrary<SchemaElement[]>;
    let equal = 0;
    fc.assert(
      fc.property(schema, schema, (x, y) => {
        const same = schemaFingerprint(x) === schemaFingerprint(y);
        if (same) equal++;
        expect(firstDifference(x, y) === undefined).toBe(same);
        expect(firstDifference(x, x)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
    expect(equal).toBeGreaterThan(10);
  });
});
