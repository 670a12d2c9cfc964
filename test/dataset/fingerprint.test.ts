import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { SchemaElement } from 'hyparquet';
import {
  canonicalSchema,
  InvalidSchemaError,
  relaxedFingerprint,
  schemaFingerprint,
} from '../../src/dataset/fingerprint.ts';
import { MAX_SCHEMA_DEPTH } from '../../src/schema/limits.ts';
import { flat, readParquetFooter } from './support.ts';

interface Vector {
  schema: SchemaElement[];
  canonical: string;
  fingerprint: string;
  relaxed: string;
}

const directory = join(import.meta.dirname, '../fingerprint-vectors');
const files = readdirSync(directory);
const vectors = files.filter((file) => file.endsWith('.json'));
const vector = (file: string): Vector => JSON.parse(readFileSync(join(directory, file), 'utf8'));

const int: SchemaElement = { name: 'a', type: 'INT32', repetition_type: 'OPTIONAL' };

describe('test vectors', () => {
  it('are all there', () => expect(vectors.length).toBeGreaterThanOrEqual(6));

  it.each(vectors)('%s', (file) => {
    const { schema, canonical, fingerprint, relaxed } = vector(file);
    expect(canonicalSchema(schema)).toBe(canonical);
    expect(schemaFingerprint(schema)).toBe(fingerprint);
    expect(relaxedFingerprint(schema)).toBe(relaxed);
  });

  it.each(files.filter((file) => file.endsWith('.parquet')))('%s as a file', async (file) => {
    const { schema, fingerprint } = vector(file.replace('.parquet', '.json'));
    const footer = await readParquetFooter(join(directory, file));
    expect(footer.schema).toEqual(schema);
    expect(footer.schemaFingerprint).toBe(fingerprint);
    expect(footer.rowCount).toBe(1n);
  });
});

describe('schemaFingerprint', () => {
  it('hashes the version line and the canonical text', () => {
    const text = 'parquet-v1\n[["a","OPTIONAL","INT32",null,null]]';
    const hex = createHash('sha256').update(text).digest('hex');
    expect(schemaFingerprint(flat(int))).toBe(`parquet-v1:${hex}`);
  });

  const same: [string, SchemaElement[], SchemaElement[]][] = [
    ['the name of the root', flat(int), [{ name: 'other', num_children: 1 }, int]],
    ['field ids', flat(int), flat({ ...int, field_id: 5 })],
    ['a length which the type does not have', flat(int), flat({ ...int, type_length: 0 })],
    ['the implied INTEGER(32, true)', flat(int), flat({ ...int, converted_type: 'INT_32' })],
    [
      'ConvertedType or LogicalType',
      flat({ ...int, converted_type: 'DATE' }),
      flat({ ...int, logical_type: { type: 'DATE' } }),
    ],
  ];
  it.each(same)('does not depend on %s', (_what, a, b) => {
    expect(schemaFingerprint(b)).toBe(schemaFingerprint(a));
  });

  const local = { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' } as const;
  const long: SchemaElement = { name: 'a', type: 'INT64', repetition_type: 'OPTIONAL' };
  const different: [string, SchemaElement[], SchemaElement[]][] = [
    ['the name', flat(int), flat({ ...int, name: 'b' })],
    ['a byte order mark in the name', flat(int), flat({ ...int, name: '\ufeffa' })],
    ['the repetition', flat(int), flat({ ...int, repetition_type: 'REQUIRED' })],
    ['the physical type', flat(int), flat(long)],
    ['the order', flat(int, long), flat(long, int)],
    ['an 8-bit integer', flat(int), flat({ ...int, converted_type: 'INT_8' })],
    ['an unsigned integer', flat(int), flat({ ...int, converted_type: 'UINT_32' })],
    // LogicalType wins over what old readers are told.
    [
      'local time',
      flat({ ...long, converted_type: 'TIMESTAMP_MICROS' }),
      flat({ ...long, converted_type: 'TIMESTAMP_MICROS', logical_type: local }),
    ],
    [
      'a fixed length',
      flat({ ...int, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 3 }),
      flat({ ...int, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 4 }),
    ],
    [
      'the nesting',
      [{ name: 'r', num_children: 2 }, { name: 'g', num_children: 1 }, int, { ...int, name: 'b' }],
      [{ name: 'r', num_children: 1 }, { name: 'g', num_children: 2 }, int, { ...int, name: 'b' }],
    ],
  ];
  it.each(different)('depends on %s', (_what, a, b) => {
    expect(schemaFingerprint(b)).not.toBe(schemaFingerprint(a));
  });

  it('is that of the example in its specification', () => {
    const text = readFileSync(join(directory, '../../docs/fingerprint.md'), 'utf8');
    const name: SchemaElement = {
      ...int,
      name: 'name',
      type: 'BYTE_ARRAY',
      converted_type: 'UTF8',
    };
    const example = flat({ ...int, name: 'id' }, name);
    expect(text).toContain(`    parquet-v1\n    ${canonicalSchema(example)}\n`);
    expect(text).toContain(`    ${schemaFingerprint(example)}\n`);
  });

  it('fits into a manifest', () => {
    expect(schemaFingerprint(flat(int))).toMatch(/^[!-~]{1,256}$/);
    expect(relaxedFingerprint(flat(int))).toMatch(/^[!-~]{1,256}$/);
  });

  const deep = (levels: number): SchemaElement[] => [
    ...Array.from({ length: levels }, () => ({ name: 'g', num_children: 1 })),
    int,
  ];
  const invalid: [string, SchemaElement[], string][] = [
    ['no element', [], 'no root'],
    ['too few', [{ name: 'root', num_children: 2 }, int], 'ends before its children'],
    ['too many', [{ name: 'root', num_children: 1 }, int, int], 'ends after 2 of its 3'],
    ['a group without children', flat({ name: 'g' }), 'neither a column nor a group'],
    ['a column with children', [...flat({ ...int, num_children: 1 }), int], 'neither a column'],
    ['a negative count', flat({ name: 'g', num_children: -1 }), 'neither a column nor a group'],
    ['DECIMAL without precision', flat({ ...int, converted_type: 'DECIMAL' }), 'DECIMAL'],
    ['no length', flat({ ...int, type: 'FIXED_LEN_BYTE_ARRAY' }), 'fixed length'],
    ['a lone surrogate', flat({ ...int, name: '\ud800' }), 'not Unicode'],
    ['depth', deep(MAX_SCHEMA_DEPTH + 1), 'nested deeper'],
  ];
  it.each(invalid)('refuses %s', (_what, schema, message) => {
    expect(() => schemaFingerprint(schema)).toThrow(InvalidSchemaError);
    expect(() => schemaFingerprint(schema)).toThrow(message);
  });

  it('takes a schema of the greatest depth', () => {
    expect(schemaFingerprint(deep(MAX_SCHEMA_DEPTH))).toMatch(/^parquet-v1:/);
  });
});

describe('relaxedFingerprint', () => {
  it('is blind to REQUIRED and OPTIONAL, within groups too, and to nothing else', () => {
    const group = (element: SchemaElement): SchemaElement[] => [
      { name: 'root', num_children: 1 },
      { name: 'g', repetition_type: 'OPTIONAL', num_children: 1 },
      element,
    ];
    const relaxed = relaxedFingerprint(group(int));
    expect(relaxedFingerprint(group({ ...int, repetition_type: 'REQUIRED' }))).toBe(relaxed);
    expect(relaxedFingerprint(group({ ...int, repetition_type: 'REPEATED' }))).not.toBe(relaxed);
    expect(relaxedFingerprint(group({ ...int, type: 'INT64' }))).not.toBe(relaxed);
  });

  it('is never mistaken for the strict one', () => {
    expect(relaxedFingerprint(flat(int))).toMatch(/^parquet-v1-relaxed:[0-9a-f]{64}$/);
    expect(relaxedFingerprint(flat(int)).slice(-64)).not.toBe(
      schemaFingerprint(flat(int)).slice(-64),
    );
  });
});
