import type { SchemaElement } from 'hyparquet';
import { canonicalText, fingerprintOfText } from '../schema/canonical.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { schemaTree } from './schema-tree.ts';

export { InvalidSchemaError } from '../schema/errors.ts';
export { firstDifference } from './schema-difference.ts';

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
  return fingerprintOfText(canonicalSchema(schema));
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
  return fingerprintOfText(canonicalText(schemaTree(schema).map(relax)), RELAXED);
}

/**
 * The text which {@link schemaFingerprint} hashes below its version line: canonical JSON (RFC 8785)
 * of the schema's tree.
 *
 * @throws {InvalidSchemaError} if it is no schema.
 */
export function canonicalSchema(schema: readonly SchemaElement[]): string {
  return canonicalText(schemaTree(schema));
}

function relax(node: SchemaNode): SchemaNode {
  return {
    ...node,
    repetition: node.repetition === 'REQUIRED' ? 'OPTIONAL' : node.repetition,
    ...(node.children && { children: node.children.map(relax) }),
  };
}
