import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  canonicalText,
  fingerprintOfText,
  isOwnScheme,
  parseCanonicalText,
} from '../../src/schema/canonical.ts';
import { InvalidSchemaError } from '../../src/schema/errors.ts';
import fc from '../support/fast-check.ts';
import { arbitrarySchema } from './arbitrary.ts';

const VECTORS = new URL('../fingerprint-vectors/', import.meta.url);
const vectors = readdirSync(VECTORS).filter((file) => file.endsWith('.json'));

describe('the canonical text of a schema', () => {
  it('is read back as what it was made of', () => {
    fc.assert(
      fc.property(arbitrarySchema, (columns) => {
        expect(parseCanonicalText(canonicalText(columns))).toEqual(columns);
      }),
      { numRuns: 300 },
    );
  });

  it.each(vectors)('of the vector %s is read, and has its fingerprint', (file) => {
    const { canonical, fingerprint } = JSON.parse(readFileSync(new URL(file, VECTORS), 'utf8'));
    expect(canonicalText(parseCanonicalText(canonical))).toBe(canonical);
    expect(fingerprintOfText(canonical)).toBe(fingerprint);
  });

  const deep = (levels: number) =>
    `${'[["g","OPTIONAL",null,'.repeat(levels - 1)}[["a","OPTIONAL","INT32",null,null]]${']]'.repeat(levels - 1)}`;

  it('is read at the greatest depth', () => {
    expect(parseCanonicalText(deep(100))).toHaveLength(1);
  });

  it.each([
    ['no JSON', 'x', 'not JSON'],
    ['no array', '{}', 'the schema is not an array of fields'],
    ['white space', '[ ["id","OPTIONAL","INT64",null,null]]', 'canonical form'],
    ['an escape without need', '[["\\u0061","OPTIONAL","INT64",null,null]]', 'canonical form'],
    ['a fraction', '[["a","OPTIONAL","INT64",null,["DECIMAL",2.0,9]]]', 'canonical form'],
    ['minus nothing', '[["a","OPTIONAL","INT64",null,["DECIMAL",-0,9]]]', '["DECIMAL",0,9]'],
    ['a lone surrogate', '[["\\ud800","OPTIONAL","INT64",null,null]]', 'not Unicode'],
    ['a field that is no array', '[1]', 'no array of 4 or 5'],
    ['a field with too much', '[["id","OPTIONAL","INT64",null,null,null]]', 'no array of 4 or 5'],
    ['a name that is no string', '[[1,"OPTIONAL","INT64",null,null]]', 'name is no string'],
    ['an unknown repetition', '[["id","NEVER","INT64",null,null]]', 'repetition "NEVER"'],
    ['an unknown physical type', '[["id","OPTIONAL","INT65",null,null]]', 'type "INT65"'],
    ['a length where there is none', '[["id","OPTIONAL","INT64",4,null]]', 'INT64 of length 4'],
    ['no length', '[["id","OPTIONAL","FIXED_LEN_BYTE_ARRAY",null,null]]', 'of length null'],
    ['a length below 0', '[["id","OPTIONAL","FIXED_LEN_BYTE_ARRAY",-1,null]]', 'of length -1'],
    [
      'a length beyond an int32',
      '[["id","OPTIONAL","FIXED_LEN_BYTE_ARRAY",2147483648,null]]',
      'of length 2147483648',
    ],
    ['an unknown logical type', '[["id","OPTIONAL","INT64",null,["NEW"]]]', 'logical type ["NEW"]'],
    ['a property of every object', '[["id","OPTIONAL","INT64",null,["constructor"]]]', 'unknown'],
    ['a logical type by itself', '[["id","OPTIONAL","INT64",null,"DATE"]]', 'unknown'],
    ['too few parameters', '[["id","OPTIONAL","INT64",null,["DECIMAL",2]]]', 'wrong parameters'],
    ['too many parameters', '[["id","OPTIONAL","INT64",null,["DATE",2]]]', 'wrong parameters'],
    [
      'a parameter of another kind',
      '[["id","OPTIONAL","INT64",null,["TIME",1,"MILLIS"]]]',
      'wrong parameters',
    ],
    ['an unknown unit', '[["id","OPTIONAL","INT64",null,["TIME",true,"DAYS"]]]', 'wrong'],
    ['an unknown width', '[["id","OPTIONAL","INT64",null,["INTEGER",24,true]]]', 'wrong'],
    ['an implied type', '[["id","OPTIONAL","INT64",null,["INTEGER",64,true]]]', 'implies'],
    ['a group without fields', '[["g","OPTIONAL",null,[]]]', '"g" is a group without fields'],
    ['a fault below', '[["g","OPTIONAL",null,[["a","NO","INT32",null,null]]]]', 'field "a"'],
    ['101 levels', deep(101), 'deeper than 100 levels'],
    ['levels without end', deep(100_000), 'deeper than 100 levels'],
  ])('is refused with %s', (_, text, message) => {
    expect(() => parseCanonicalText(text)).toThrow(InvalidSchemaError);
    expect(() => parseCanonicalText(text)).toThrow(message);
  });
});

describe('a fingerprint', () => {
  it('is known as our own by its form', () => {
    const own = `parquet-v1:${'0123456789abcdef'.repeat(4)}`;
    expect(isOwnScheme(own)).toBe(true);
    for (const foreign of [own.toUpperCase(), `${own}0`, `${own}\n`, ` ${own}`, 'parquet-v1:x']) {
      expect(isOwnScheme(foreign)).toBe(false);
    }
    expect(isOwnScheme(own.replace('parquet-v1', 'parquet-v1-relaxed'))).toBe(false);
  });
});
