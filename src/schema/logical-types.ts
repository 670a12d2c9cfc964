/** The parameters which each logical type has in its canonical form, in their order. */
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

/** What each parameter is. */
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

/** Whether there is a logical type of that name. */
export function isLogicalTypeName(name: unknown): name is LogicalTypeName {
  return typeof name === 'string' && Object.hasOwn(LOGICAL_TYPE_PARAMETERS, name);
}

/** Says what is wrong with the value of a parameter, or `undefined`. */
export function parameterProblem(
  parameter: LogicalTypeParameter,
  value: unknown,
): string | undefined {
  const kind = PARAMETER_KINDS[parameter];
  if (typeof value !== kind) return `must be a ${kind}`;
  if (kind === 'number' && !Number.isSafeInteger(value)) return 'must be an integer';
  if (parameter === 'unit' && !['MILLIS', 'MICROS', 'NANOS'].includes(value as string)) {
    return `must be MILLIS, MICROS or NANOS, not ${JSON.stringify(value).slice(0, 100)}`;
  }
  return undefined;
}
