import { canonicalText } from './canonical.ts';
import type { SchemaNode } from './schema-node.ts';

/** Fields of a schema, groups included. */
export const MAX_SCHEMA_FIELDS = 10_000;
/** Levels of a schema: above it common Protobuf parsers refuse the message. */
export const MAX_SCHEMA_LEVELS = 32;
/** Bytes of a field's name. */
export const MAX_FIELD_NAME_BYTES = 1_024;
/** Bytes of a schema in its canonical form. */
export const MAX_SCHEMA_BYTES = 1024 * 1024;

/** Says which limit a schema breaks, or `undefined`. */
export function schemaProblem(columns: readonly SchemaNode[]): string | undefined {
  let fields = 0;
  let levels = 0;
  const measure = (nodes: readonly SchemaNode[], level: number) => {
    levels = Math.max(levels, level);
    fields += nodes.length;
    for (const { children } of nodes) if (children !== undefined) measure(children, level + 1);
  };
  measure(columns, 1);
  if (columns.length === 0) return 'must have a field';
  if (levels > MAX_SCHEMA_LEVELS) {
    return `must have at most ${MAX_SCHEMA_LEVELS} levels, not ${levels}`;
  }
  if (fields > MAX_SCHEMA_FIELDS) {
    return `must have at most ${MAX_SCHEMA_FIELDS} fields, not ${fields}`;
  }
  const bytes = Buffer.byteLength(canonicalText(columns));
  return bytes > MAX_SCHEMA_BYTES
    ? `must have at most ${MAX_SCHEMA_BYTES} bytes in its canonical form, not ${bytes}`
    : undefined;
}
