/** `FieldRepetitionType` of parquet.thrift. */
export const REPETITIONS = ['REQUIRED', 'OPTIONAL', 'REPEATED'] as const;
/** How often a field occurs in its parent: exactly once, at most once, any number of times. */
export type Repetition = (typeof REPETITIONS)[number];

/** `Type` of parquet.thrift. */
export const PHYSICAL_TYPES = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const;
/** How the values of a column are stored. */
export type PhysicalType = (typeof PHYSICAL_TYPES)[number];

/**
 * A logical type in canonical form: its name, then all of its parameters in the order of
 * docs/fingerprint.md. `null` where a value means no more than its physical type says.
 */
export type CanonicalLogicalType =
  | readonly [name: string, ...parameters: (string | number | boolean)[]]
  | null;

/** One column or group of a schema, with all that counts for its identity and nothing else. */
export interface SchemaNode {
  readonly name: string;
  readonly repetition: Repetition;
  readonly logicalType: CanonicalLogicalType;
  /** Set on a leaf. */
  readonly physicalType?: PhysicalType;
  /** In bytes; `null` except for FIXED_LEN_BYTE_ARRAY. */
  readonly typeLength: number | null;
  /** Set on a group. */
  readonly children?: readonly SchemaNode[];
}
