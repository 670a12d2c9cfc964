import type { LogicalType, SchemaElement } from 'hyparquet';
import {
  ConvertedTypes,
  EdgeInterpolationAlgorithms,
  FieldRepetitionTypes,
  ParquetTypes,
} from 'hyparquet/src/constants.js';
import { InvalidSchemaError } from '../schema/errors.ts';

/** A Thrift struct as hyparquet's decoder gives it: `field_1`, `field_2` and so on. */
export type ThriftStruct = { readonly [field: `field_${number}`]: unknown };

/**
 * One SchemaElement of parquet.thrift. Stricter than hyparquet's own reading, which drops a byte
 * order mark and replaces malformed UTF-8, so that columns of different names look alike, and takes
 * an unknown physical type for none.
 *
 * @throws {InvalidSchemaError} if a name is not UTF-8 or an enum has no such value.
 */
export function schemaElement(raw: ThriftStruct): SchemaElement {
  const name = text(raw.field_4);
  if (name === undefined) throw new InvalidSchemaError('a schema element has no name');
  return withoutUndefined({
    name,
    type: enumValue(ParquetTypes, raw.field_1, 'physical type', name),
    type_length: integer(raw.field_2),
    repetition_type: enumValue(FieldRepetitionTypes, raw.field_3, 'repetition', name),
    num_children: integer(raw.field_5),
    converted_type: enumValue(ConvertedTypes, raw.field_6, 'converted type', name),
    scale: integer(raw.field_7),
    precision: integer(raw.field_8),
    logical_type: logicalType(raw.field_10, name),
  });
}

/** The union LogicalType: field ids of the members without parameters. */
const PLAIN: Readonly<Record<string, LogicalType['type']>> = {
  field_1: 'STRING',
  field_2: 'MAP',
  field_3: 'LIST',
  field_4: 'ENUM',
  field_6: 'DATE',
  field_11: 'NULL',
  field_12: 'JSON',
  field_13: 'BSON',
  field_14: 'UUID',
  field_15: 'FLOAT16',
};

function logicalType(union: unknown, name: string): LogicalType | undefined {
  if (!isStruct(union)) return undefined;
  const [id, member] = Object.entries(union)[0] ?? [];
  if (id === undefined || !isStruct(member)) return undefined;
  const { field_1: first, field_2: second } = member;
  switch (id) {
    // Their parameters are checked where they are used, also for callers with elements of their own.
    case 'field_5':
      return { type: 'DECIMAL', scale: first, precision: second } as LogicalType;
    case 'field_7':
      return { type: 'TIME', isAdjustedToUTC: first, unit: timeUnit(second) } as LogicalType;
    case 'field_8':
      return { type: 'TIMESTAMP', isAdjustedToUTC: first, unit: timeUnit(second) } as LogicalType;
    case 'field_10':
      return { type: 'INTEGER', bitWidth: first, isSigned: second } as LogicalType;
    case 'field_16':
      return withoutUndefined({ type: 'VARIANT', specification_version: integer(first) });
    case 'field_17':
      return withoutUndefined({ type: 'GEOMETRY', crs: text(first) });
    case 'field_18': {
      const algorithm = enumValue(EdgeInterpolationAlgorithms, second, 'edge algorithm', name);
      return withoutUndefined({ type: 'GEOGRAPHY', crs: text(first), algorithm });
    }
    default: {
      const type = PLAIN[id];
      // A member of a later format goes on as it came, which is also what hyparquet does.
      return (type === undefined ? { [id]: {} } : { type }) as LogicalType;
    }
  }
}

function timeUnit(union: unknown): string | undefined {
  if (!isStruct(union)) return undefined;
  if (union.field_1) return 'MILLIS';
  if (union.field_2) return 'MICROS';
  return union.field_3 ? 'NANOS' : undefined;
}

function enumValue<T extends string>(
  values: readonly T[],
  index: unknown,
  what: string,
  name: string,
): T | undefined {
  if (index === undefined) return undefined;
  const value = values[index as number];
  if (value !== undefined) return value;
  throw new InvalidSchemaError(
    `schema element ${JSON.stringify(name)} has the unknown ${what} ${String(index)}`,
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function text(bytes: unknown): string | undefined {
  if (!ArrayBuffer.isView(bytes)) return undefined;
  const { buffer, byteOffset, byteLength } = bytes;
  const octets = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  try {
    return utf8.decode(octets);
  } catch {
    const hex = Buffer.from(octets.subarray(0, 64)).toString('hex');
    throw new InvalidSchemaError(`the name 0x${hex} in the schema is not UTF-8`);
  }
}

function integer(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function isStruct(value: unknown): value is ThriftStruct {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}

/** The same without the fields that are not set, so that "not set" has one form. */
function withoutUndefined<T extends object>(
  object: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  const set = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as { [K in keyof T]: Exclude<T[K], undefined> };
}
