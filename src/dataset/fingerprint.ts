import { createHash } from 'node:crypto';
import type { SchemaElement } from 'hyparquet';
import { InvalidSchemaError } from './errors.ts';
import { type SchemaNode, schemaTree } from './schema-tree.ts';

export { InvalidSchemaError } from './errors.ts';
export { firstDifference } from './schema-difference.ts';

const STRICT = 'parquet-v1';
const RELAXED = 'parquet-v1-relaxed';

/**
 * The fingerprint of a Parquet schema: the same for any two files that hold the same columns,
 * whoever wrote them. `parquet-v1:` and 64 hex digits; docs/fingerprint.md specifies every byte.
 *
 * @param schema as in the file's footer: depth first, the root first. From hyparquet, read it with
 *   `geoparquet: false`, which otherwise adds logical types that are not in the schema.
 * @throws {InvalidSchemaError} if it is no schema.
 */
export function schemaFingerprint(schema: readonly SchemaElement[]): string {
  return fingerprint(STRICT, canonicalSchema(schema));
}

/**
 * As {@link schemaFingerprint}, but blind to whether a column is REQUIRED or OPTIONAL, on which
 * writers disagree. Equal relaxed fingerprints under unequal strict ones say that this is the only
 * difference. For explanations only: never register a dataset by it.
 *
 * @returns `parquet-v1-relaxed:` and 64 hex digits.
 * @throws {InvalidSchemaError} if it is no schema.
 */
export function relaxedFingerprint(schema: readonly SchemaElement[]): string {
  return fingerprint(RELAXED, canonicalJson(schemaTree(schema).map(relax)));
}

/**
 * The text which {@link schemaFingerprint} hashes below its version line: canonical JSON (RFC 8785)
 * of the schema's tree.
 *
 * @throws {InvalidSchemaError} if it is no schema.
 */
export function canonicalSchema(schema: readonly SchemaElement[]): string {
  return canonicalJson(schemaTree(schema));
}

function fingerprint(version: string, canonical: string): string {
  return `${version}:${createHash('sha256').update(`${version}\n${canonical}`).digest('hex')}`;
}

/** Of arrays, strings, integers, booleans and null, RFC 8785 makes just what JSON.stringify does. */
function canonicalJson(columns: readonly SchemaNode[]): string {
  return JSON.stringify(columns, (_key, value: unknown) => {
    if (typeof value === 'string' && !value.isWellFormed()) {
      throw new InvalidSchemaError(`${JSON.stringify(value)} in the schema is not Unicode`);
    }
    return isNode(value) ? tuple(value) : value;
  });
}

function isNode(value: unknown): value is SchemaNode {
  return typeof value === 'object' && value !== null && 'repetition' in value;
}

function tuple({ name, repetition, physicalType, typeLength, logicalType, children }: SchemaNode) {
  return children === undefined
    ? [name, repetition, physicalType, typeLength, logicalType]
    : [name, repetition, logicalType, children];
}

function relax(node: SchemaNode): SchemaNode {
  return {
    ...node,
    repetition: node.repetition === 'REQUIRED' ? 'OPTIONAL' : node.repetition,
    ...(node.children && { children: node.children.map(relax) }),
  };
}
