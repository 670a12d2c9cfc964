import type { CanonicalLogicalType, PhysicalType } from './schema-node.ts';

/** What each parameter of a logical type is. */
export const PARAMETER_KINDS = {
  scale: 'number',
  precision: 'number',
  adjustedToUtc: 'boolean',
  unit: 'string',
  bitWidth: 'number',
  signed: 'boolean',
  specificationVersion: 'number',
  crs: 'string',
  edgeInterpolation: 'string',
  thriftField: 'number',
} as const;

/** The name of a parameter of a logical type. */
export type LogicalTypeParameter = keyof typeof PARAMETER_KINDS;

/** The value of a parameter. Numbers are 32-bit integers, as in parquet.thrift. */
export type ParameterValue = string | number | boolean;

/** The parameters which each logical type has in its canonical form, in their order (docs/fingerprint.md). */
export const LOGICAL_TYPE_PARAMETERS = {
  STRING: [],
  MAP: [],
  LIST: [],
  ENUM: [],
  DECIMAL: ['scale', 'precision'],
  DATE: [],
  TIME: ['adjustedToUtc', 'unit'],
  TIMESTAMP: ['adjustedToUtc', 'unit'],
  INTEGER: ['bitWidth', 'signed'],
  NULL: [],
  JSON: [],
  BSON: [],
  UUID: [],
  FLOAT16: [],
  VARIANT: ['specificationVersion'],
  GEOMETRY: ['crs'],
  GEOGRAPHY: ['crs', 'edgeInterpolation'],
  INTERVAL: [],
  UNRECOGNIZED: ['thriftField'],
} as const satisfies Readonly<Record<string, readonly LogicalTypeParameter[]>>;

/** The name of a logical type. */
export type LogicalTypeName = keyof typeof LOGICAL_TYPE_PARAMETERS;

/** Whether there is a logical type of that name. */
export function isLogicalTypeName(name: unknown): name is LogicalTypeName {
  return typeof name === 'string' && Object.hasOwn(LOGICAL_TYPE_PARAMETERS, name);
}

const ONE_OF: Partial<Record<LogicalTypeParameter, readonly ParameterValue[]>> = {
  unit: ['MILLIS', 'MICROS', 'NANOS'],
  bitWidth: [8, 16, 32, 64],
};

/** Says what is wrong with the value of a parameter, or `undefined`. */
export function parameterProblem(
  parameter: LogicalTypeParameter,
  value: unknown,
): string | undefined {
  if (value === undefined) return 'must be given';
  const kind = PARAMETER_KINDS[parameter];
  if (typeof value !== kind) return `must be a ${kind}`;
  if (typeof value === 'number' && !isInt32(value)) return 'must be a 32-bit integer';
  if (typeof value === 'string' && !isText(value)) return 'must be valid UTF-8, without U+FFFD';
  const allowed = ONE_OF[parameter];
  return allowed === undefined || allowed.includes(value as ParameterValue)
    ? undefined
    : `must be one of ${allowed.join(', ')}, not ${JSON.stringify(value).slice(0, 100)}`;
}

/** Whether a number is a 32-bit integer, as are all numbers of a schema. */
export function isInt32(value: unknown): value is number {
  return typeof value === 'number' && value === (value | 0) && !Object.is(value, -0);
}

/**
 * Whether a text came as its writer put it: Protobuf decoders put U+FFFD where the bytes on the wire
 * are not UTF-8.
 */
export function isText(value: string): boolean {
  return value.isWellFormed() && !value.includes('\ufffd');
}

/**
 * Whether a logical type says no more than the physical one, and is left out of the canonical form:
 * "INTEGER(32, true) on INT32 and INTEGER(64, true) on INT64 are implied" (LogicalTypes.md), some
 * write it, some do not.
 */
export function isImplied(
  physicalType: PhysicalType | undefined,
  logicalType: CanonicalLogicalType,
): boolean {
  if (logicalType?.[0] !== 'INTEGER' || logicalType[2] !== true) return false;
  return (
    (physicalType === 'INT32' && logicalType[1] === 32) ||
    (physicalType === 'INT64' && logicalType[1] === 64)
  );
}
