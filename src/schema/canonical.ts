import { createHash } from 'node:crypto';
import { InvalidSchemaError } from './errors.ts';
import { isLogicalTypeName, LOGICAL_TYPE_PARAMETERS, parameterProblem } from './logical-types.ts';
import {
  type CanonicalLogicalType,
  PHYSICAL_TYPES,
  type PhysicalType,
  REPETITIONS,
  type Repetition,
  type SchemaNode,
} from './schema-node.ts';

/** The scheme of our own fingerprints, docs/fingerprint.md. */
const SCHEME = 'parquet-v1';

/** The deepest nesting taken; a bound for the recursion over schemas of strangers. */
export const MAX_SCHEMA_DEPTH = 100;

/**
 * The text by which a schema is known: canonical JSON (RFC 8785) of its tree, docs/fingerprint.md.
 *
 * @throws {InvalidSchemaError} if a string in it has no UTF-8.
 */
export function canonicalText(columns: readonly SchemaNode[]): string {
  // Of arrays, strings, integers, booleans and null, RFC 8785 makes just what JSON.stringify does.
  return JSON.stringify(columns, (_key, value: unknown) => {
    if (typeof value === 'string' && !value.isWellFormed()) {
      throw new InvalidSchemaError(`${JSON.stringify(value)} in the schema is not Unicode`);
    }
    return isNode(value) ? tuple(value) : value;
  });
}

/** The fingerprint of a schema: `parquet-v1:` and 64 hex digits. */
export function fingerprintOfText(text: string, scheme = SCHEME): string {
  return `${scheme}:${createHash('sha256').update(`${scheme}\n${text}`).digest('hex')}`;
}

/** Whether a fingerprint is one of ours. Anything else is opaque, however it begins. */
export function isOwnScheme(fingerprint: string): boolean {
  return /^parquet-v1:[0-9a-f]{64}$/.test(fingerprint);
}

/**
 * Reads the text which {@link canonicalText} made.
 *
 * @throws {InvalidSchemaError} for any other text.
 */
export function parseCanonicalText(text: string): readonly SchemaNode[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new InvalidSchemaError('the schema is no JSON', { cause });
  }
  const columns = parseNodes(parsed, 1);
  if (canonicalText(columns) !== text) {
    throw new InvalidSchemaError('the schema is not in its canonical form');
  }
  return columns;
}

function isNode(value: unknown): value is SchemaNode {
  return typeof value === 'object' && value !== null && 'repetition' in value;
}

function tuple({ name, repetition, physicalType, typeLength, logicalType, children }: SchemaNode) {
  return children === undefined
    ? [name, repetition, physicalType, typeLength, logicalType]
    : [name, repetition, logicalType, children];
}

function parseNodes(value: unknown, depth: number): SchemaNode[] {
  if (!Array.isArray(value) || depth > MAX_SCHEMA_DEPTH) {
    throw new InvalidSchemaError(`no list of at most ${MAX_SCHEMA_DEPTH} levels of fields`);
  }
  return value.map((node) => parseNode(node, depth));
}

function parseNode(value: unknown, depth: number): SchemaNode {
  if (!Array.isArray(value)) throw new InvalidSchemaError('a field of the schema is no list');
  const isLeaf = value.length === 5;
  const [name, repetition] = value;
  const logicalType = parseLogicalType(isLeaf ? value[4] : value[2], name);
  if (typeof name !== 'string' || !REPETITIONS.includes(repetition)) throw badField(name);
  const head = { name, repetition: repetition as Repetition, logicalType };
  if (!isLeaf) {
    const children = parseNodes(value[3], depth + 1);
    if (value.length !== 4 || children.length === 0) throw badField(name);
    return { ...head, typeLength: null, children };
  }
  const [, , physicalType, typeLength] = value;
  const fixed = physicalType === 'FIXED_LEN_BYTE_ARRAY';
  const lengthFits = fixed
    ? Number.isSafeInteger(typeLength) && typeLength >= 0
    : typeLength === null;
  if (!PHYSICAL_TYPES.includes(physicalType) || !lengthFits) throw badField(name);
  return { ...head, physicalType: physicalType as PhysicalType, typeLength };
}

function parseLogicalType(value: unknown, field: unknown): CanonicalLogicalType {
  if (value === null) return null;
  if (!Array.isArray(value)) throw badField(field);
  const [name, ...parameters] = value;
  if (!isLogicalTypeName(name)) throw badField(field);
  const known = LOGICAL_TYPE_PARAMETERS[name];
  const fits =
    parameters.length === known.length &&
    known.every((parameter, i) => parameterProblem(parameter, parameters[i]) === undefined);
  if (!fits) throw badField(field);
  return [name, ...parameters];
}

function badField(name: unknown): InvalidSchemaError {
  return new InvalidSchemaError(
    `field ${JSON.stringify(name)?.slice(0, 200)} of the schema is not valid`,
  );
}
