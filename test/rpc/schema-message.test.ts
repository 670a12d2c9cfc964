import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { create, fromBinary, fromJsonString, toBinary, toJsonString } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import {
  FieldRepetition,
  LogicalTypeKind,
  LogicalTypeKindSchema,
  PhysicalType,
  type Schema,
  SchemaSchema,
} from '../../gen/catalogd/v1/schema_pb.ts';
import { ErrInvalidArgument } from '../../src/catalog/errors.ts';
import { describeFiles } from '../../src/dataset/describe.ts';
import { localFile } from '../../src/dataset/local-file.ts';
import { schemaMessage, schemaText } from '../../src/rpc/schema-message.ts';
import { canonicalText } from '../../src/schema/canonical.ts';
import { InvalidSchemaError } from '../../src/schema/errors.ts';
import { LOGICAL_TYPE_PARAMETERS } from '../../src/schema/logical-types.ts';
import { parseHere } from '../dataset/support.ts';
import { arbitrarySchema } from '../schema/arbitrary.ts';
import fc from '../support/fast-check.ts';

const VECTORS = new URL('../fingerprint-vectors/', import.meta.url);
const FIXTURES = new URL('../dataset/fixtures/', import.meta.url);
const filesOf = (folder: URL, extension: string) =>
  readdirSync(folder).filter((file) => file.endsWith(extension));
const parquetFiles = [VECTORS, FIXTURES].flatMap((folder) =>
  filesOf(folder, '.parquet').map((file) => [file, fileURLToPath(new URL(file, folder))] as const),
);

const REQUIRED = FieldRepetition.REQUIRED;
const int = { name: 'id', repetition: REQUIRED, physicalType: PhysicalType.INT32 };
const group = { name: 'g', repetition: REQUIRED, fields: [int] };
const schema = (...fields: object[]): Schema => create(SchemaSchema, { fields });

describe('a schema on the wire', () => {
  const there = (text: string) => {
    const message = schemaMessage(text);
    const json = toJsonString(SchemaSchema, message);
    expect(schemaText(fromJsonString(SchemaSchema, json))).toBe(text);
    return schemaText(fromBinary(SchemaSchema, toBinary(SchemaSchema, message)));
  };

  it.each(filesOf(VECTORS, '.json'))('is that of the vector %s, there and back', (file) => {
    const { canonical } = JSON.parse(readFileSync(new URL(file, VECTORS), 'utf8'));
    expect(there(canonical)).toBe(canonical);
  });

  it.each(parquetFiles)('is that of %s, there and back', async (_, path) => {
    const { canonicalSchema } = await describeFiles([localFile(path)], { parser: parseHere });
    expect(canonicalSchema).toMatch(/^\[\[/);
    expect(there(canonicalSchema)).toBe(canonicalSchema);
  });

  it('is any other, there and back', () => {
    fc.assert(
      fc.property(arbitrarySchema, (columns) => {
        expect(there(canonicalText(columns))).toBe(canonicalText(columns));
      }),
      { numRuns: 300 },
    );
  });

  it('is not made of anything but a canonical text', () => {
    expect(() => schemaMessage('{}')).toThrow(InvalidSchemaError);
  });

  it('knows every logical type by the same name', () => {
    const names = LogicalTypeKindSchema.values.map(({ localName }) => localName);
    expect(names).toEqual(['UNSPECIFIED', ...Object.keys(LOGICAL_TYPE_PARAMETERS)]);
  });

  it('leaves out what the physical type implies', () => {
    const logicalType = { kind: LogicalTypeKind.INTEGER, bitWidth: 32, signed: true };
    expect(schemaText(schema({ ...int, logicalType }))).toBe(
      '[["id","REQUIRED","INT32",null,null]]',
    );
  });

  const nested = (levels: number): object =>
    levels === 1 ? int : { ...group, fields: [nested(levels - 1)] };

  it('names every parameter at fault, with what the kind needs', () => {
    const logicalType = { kind: LogicalTypeKind.DECIMAL, precision: 2, signed: false, crs: '' };
    expect(() => schemaText(schema({ ...int, logicalType }))).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'schema.fields[0].logical_type.scale',
            description: 'must be given; the kind is DECIMAL',
          },
          {
            field: 'schema.fields[0].logical_type.signed',
            description: 'must not be given; the kind is DECIMAL',
          },
          {
            field: 'schema.fields[0].logical_type.crs',
            description: 'must not be given; the kind is DECIMAL',
          },
        ],
      }),
    );
  });

  it('keeps what the physical type does not imply', () => {
    const logicalType = { kind: LogicalTypeKind.INTEGER, bitWidth: 64, signed: true };
    expect(schemaText(schema({ ...int, logicalType }))).toBe(
      '[["id","REQUIRED","INT32",null,["INTEGER",64,true]]]',
    );
  });

  it.each([
    ['no field', [], 'schema'],
    ['a name too long', [int, { ...int, name: 'n'.repeat(1_025) }], 'schema.fields[1].name'],
    ['a name that may not be as sent', [{ ...int, name: '\ufffd' }], 'schema.fields[0].name'],
    ['too many fields', new Array(10_001).fill(int), 'schema'],
    ['a length of a group', [{ ...group, typeLength: 4 }], 'schema.fields[0].type_length'],
    ['no repetition', [{ ...int, repetition: 0 }], 'schema.fields[0].repetition'],
    ['an unknown repetition', [{ ...int, repetition: 9 }], 'schema.fields[0].repetition'],
    ['an unknown physical type', [{ ...int, physicalType: 99 }], 'schema.fields[0].physical_type'],
    ['neither type nor fields', [{ name: 'a', repetition: REQUIRED }], 'schema.fields[0]'],
    ['type and fields', [{ ...int, fields: [int] }], 'schema.fields[0].fields'],
    ['a length without need', [{ ...int, typeLength: 4 }], 'schema.fields[0].type_length'],
    [
      'no length where there must be one',
      [{ ...int, physicalType: PhysicalType.FIXED_LEN_BYTE_ARRAY }],
      'schema.fields[0].type_length',
    ],
    [
      'a length below 0',
      [{ ...int, physicalType: PhysicalType.FIXED_LEN_BYTE_ARRAY, typeLength: -1 }],
      'schema.fields[0].type_length',
    ],
    [
      'an unknown kind',
      [{ ...int, logicalType: { kind: 99 } }],
      'schema.fields[0].logical_type.kind',
    ],
    [
      'a width that there is not',
      [{ ...int, logicalType: { kind: LogicalTypeKind.INTEGER, bitWidth: 24, signed: true } }],
      'schema.fields[0].logical_type.bit_width',
    ],
    [
      'a unit that there is not',
      [{ ...int, logicalType: { kind: LogicalTypeKind.TIME, adjustedToUtc: true, unit: 'DAYS' } }],
      'schema.fields[0].logical_type.unit',
    ],
    [
      'a text that may not be as sent',
      [{ ...int, logicalType: { kind: LogicalTypeKind.GEOMETRY, crs: '\ud800' } }],
      'schema.fields[0].logical_type.crs',
    ],
    ['no kind', [{ ...int, logicalType: {} }], 'schema.fields[0].logical_type.kind'],
    [
      'a parameter missing',
      [{ ...int, logicalType: { kind: LogicalTypeKind.DECIMAL, scale: 2 } }],
      'schema.fields[0].logical_type.precision',
    ],
    [
      'a parameter too many',
      [{ ...int, logicalType: { kind: LogicalTypeKind.DATE, adjustedToUtc: false } }],
      'schema.fields[0].logical_type.adjusted_to_utc',
    ],
    [
      'a fault below',
      [{ ...group, fields: [int, { ...int, repetition: 0 }] }],
      'schema.fields[0].fields[1].repetition',
    ],
    ['too many levels', [nested(40)], `schema.fields[0]${'.fields[0]'.repeat(32)}`],
  ])('is refused with %s', (_, fields, field) => {
    let error: unknown;
    try {
      schemaText(schema(...fields));
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ErrInvalidArgument);
    expect((error as ErrInvalidArgument).violations[0]?.field).toBe(field);
  });
});
