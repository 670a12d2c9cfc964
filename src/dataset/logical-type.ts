import type { ConvertedType, LogicalType, SchemaElement } from 'hyparquet';
import { InvalidSchemaError } from '../schema/errors.ts';
import { isImplied } from '../schema/logical-types.ts';
import type { CanonicalLogicalType } from '../schema/schema-node.ts';

/**
 * The logical type of an element, whichever way its writer has put it: as LogicalType or as the
 * deprecated ConvertedType, which counts only where there is no LogicalType.
 *
 * @param parent the logical type of the group which the element is in.
 * @throws {InvalidSchemaError} if a parameter is missing or of the wrong kind.
 */
export function canonicalLogicalType(
  element: SchemaElement,
  parent: CanonicalLogicalType,
): CanonicalLogicalType {
  const logical = fromLogicalType(element) ?? fromConvertedType(element, parent);
  return isImplied(element.type, logical) ? null : logical;
}

/** What each ConvertedType without parameters of its own stands for (parquet-format, LogicalTypes.md). */
const CONVERTED = {
  UTF8: ['STRING'],
  MAP: ['MAP'],
  LIST: ['LIST'],
  ENUM: ['ENUM'],
  DATE: ['DATE'],
  TIME_MILLIS: ['TIME', true, 'MILLIS'],
  TIME_MICROS: ['TIME', true, 'MICROS'],
  TIMESTAMP_MILLIS: ['TIMESTAMP', true, 'MILLIS'],
  TIMESTAMP_MICROS: ['TIMESTAMP', true, 'MICROS'],
  UINT_8: ['INTEGER', 8, false],
  UINT_16: ['INTEGER', 16, false],
  UINT_32: ['INTEGER', 32, false],
  UINT_64: ['INTEGER', 64, false],
  INT_8: ['INTEGER', 8, true],
  INT_16: ['INTEGER', 16, true],
  INT_32: ['INTEGER', 32, true],
  INT_64: ['INTEGER', 64, true],
  JSON: ['JSON'],
  BSON: ['BSON'],
  INTERVAL: ['INTERVAL'],
} as const satisfies Record<
  Exclude<ConvertedType, 'DECIMAL' | 'MAP_KEY_VALUE'>,
  CanonicalLogicalType
>;

function fromConvertedType(
  element: SchemaElement,
  parent: CanonicalLogicalType,
): CanonicalLogicalType {
  const { converted_type, scale, precision } = element;
  if (converted_type === undefined) return null;
  if (converted_type === 'DECIMAL') return decimal(element, scale ?? 0, precision);
  // Old writers mark the repeated group inside of a map with it, others the map itself.
  if (converted_type === 'MAP_KEY_VALUE') return parent?.[0] === 'MAP' ? null : ['MAP'];
  return CONVERTED[converted_type];
}

function fromLogicalType(element: SchemaElement): CanonicalLogicalType {
  const logical = element.logical_type;
  if (logical === undefined) return null;
  switch (logical.type) {
    case 'DECIMAL':
      return decimal(element, logical.scale, logical.precision);
    case 'TIME':
    case 'TIMESTAMP':
      check(element, logical.type, typeof logical.isAdjustedToUTC === 'boolean');
      check(element, logical.type, ['MILLIS', 'MICROS', 'NANOS'].includes(logical.unit));
      return [logical.type, logical.isAdjustedToUTC, logical.unit];
    case 'INTEGER':
      check(element, logical.type, Number.isSafeInteger(logical.bitWidth));
      check(element, logical.type, typeof logical.isSigned === 'boolean');
      return ['INTEGER', logical.bitWidth, logical.isSigned];
    // The defaults below are those of parquet.thrift: "not set" and the default are one type.
    case 'VARIANT':
      return ['VARIANT', logical.specification_version ?? 1];
    case 'GEOMETRY':
      return ['GEOMETRY', logical.crs ?? 'OGC:CRS84'];
    case 'GEOGRAPHY':
      return ['GEOGRAPHY', logical.crs ?? 'OGC:CRS84', logical.algorithm ?? 'SPHERICAL'];
    default:
      return logical.type === undefined ? unrecognized(logical) : [logical.type];
  }
}

/** A type added to the format later shows as its Thrift field alone, which is what hyparquet hands on. */
function unrecognized(logical: LogicalType): CanonicalLogicalType {
  const field = Object.keys(logical).find((key) => /^field_\d+$/.test(key));
  return field === undefined ? null : ['UNRECOGNIZED', Number(field.slice('field_'.length))];
}

function decimal(
  element: SchemaElement,
  scale: number | undefined,
  precision: number | undefined,
): CanonicalLogicalType {
  check(element, 'DECIMAL', Number.isSafeInteger(scale) && Number.isSafeInteger(precision));
  return ['DECIMAL', scale as number, precision as number];
}

function check(element: SchemaElement, type: string, holds: boolean): void {
  if (holds) return;
  throw new InvalidSchemaError(
    `schema element ${JSON.stringify(element.name)} is a ${type} without valid parameters`,
  );
}
