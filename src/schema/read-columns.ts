import { InvalidSchemaError } from './errors.ts';
import { MAX_SCHEMA_DEPTH } from './limits.ts';
import {
  isImplied,
  isInt32,
  isLogicalTypeName,
  LOGICAL_TYPE_PARAMETERS,
  parameterProblem,
} from './logical-types.ts';
import {
  type CanonicalLogicalType,
  PHYSICAL_TYPES,
  type PhysicalType,
  REPETITIONS,
  type Repetition,
  type SchemaNode,
} from './schema-node.ts';

/**
 * The columns which the arrays of docs/fingerprint.md stand for.
 *
 * @param value as JSON.parse gave it.
 * @throws {InvalidSchemaError} if it is not made as that page says; the message says where.
 */
export function readColumns(value: unknown): readonly SchemaNode[] {
  return readFields(value, 'the schema', 1);
}

function readFields(value: unknown, at: string, depth: number): SchemaNode[] {
  if (!Array.isArray(value)) throw new InvalidSchemaError(`${at} is not an array of fields`);
  if (depth > MAX_SCHEMA_DEPTH) {
    throw new InvalidSchemaError(`the schema is nested deeper than ${MAX_SCHEMA_DEPTH} levels`);
  }
  return value.map((field) => readField(field, at, depth));
}

function readField(value: unknown, parent: string, depth: number): SchemaNode {
  if (!Array.isArray(value) || (value.length !== 4 && value.length !== 5)) {
    throw new InvalidSchemaError(`${parent} has a field that is no array of 4 or 5`);
  }
  const [name, repetition] = value;
  if (typeof name !== 'string') {
    throw new InvalidSchemaError(`${parent} has a field whose name is no string`);
  }
  const at = `field ${cut(name)}`;
  if (!isOneOf(REPETITIONS, repetition)) {
    throw new InvalidSchemaError(`${at} has the unknown repetition ${cut(repetition)}`);
  }
  return value.length === 4
    ? readGroup({ name, repetition }, value, at, depth)
    : readLeaf({ name, repetition }, value, at);
}

type Head = { readonly name: string; readonly repetition: Repetition };

function readGroup(head: Head, value: readonly unknown[], at: string, depth: number): SchemaNode {
  const logicalType = readLogicalType(value[2], at);
  const children = readFields(value[3], at, depth + 1);
  if (children.length === 0) throw new InvalidSchemaError(`${at} is a group without fields`);
  return { ...head, logicalType, typeLength: null, children };
}

function readLeaf(head: Head, value: readonly unknown[], at: string): SchemaNode {
  const [, , physicalType, typeLength] = value;
  if (!isOneOf(PHYSICAL_TYPES, physicalType)) {
    throw new InvalidSchemaError(`${at} has the unknown physical type ${cut(physicalType)}`);
  }
  if (!isLengthOf(physicalType, typeLength)) {
    throw new InvalidSchemaError(`${at} is ${physicalType} of length ${cut(typeLength)}`);
  }
  const logicalType = readLogicalType(value[4], at);
  if (isImplied(physicalType, logicalType)) {
    throw new InvalidSchemaError(`${at} has a logical type that its physical type implies`);
  }
  return { ...head, logicalType, physicalType, typeLength };
}

function isLengthOf(physicalType: PhysicalType, length: unknown): length is number | null {
  return physicalType === 'FIXED_LEN_BYTE_ARRAY' ? isInt32(length) && length >= 0 : length === null;
}

function readLogicalType(value: unknown, at: string): CanonicalLogicalType {
  if (value === null) return null;
  const [name, ...values]: unknown[] = Array.isArray(value) ? value : [];
  if (!isLogicalTypeName(name)) {
    throw new InvalidSchemaError(`${at} has the unknown logical type ${cut(value)}`);
  }
  const parameters = LOGICAL_TYPE_PARAMETERS[name];
  const fits =
    values.length === parameters.length &&
    parameters.every((parameter, i) => parameterProblem(parameter, values[i]) === undefined);
  if (!fits) throw new InvalidSchemaError(`${at} has the wrong parameters: ${cut(value)}`);
  return value as CanonicalLogicalType;
}

function isOneOf<T extends string>(values: readonly T[], value: unknown): value is T {
  return values.includes(value as T);
}

/** For a message: escaped, and no longer than helps. */
function cut(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
