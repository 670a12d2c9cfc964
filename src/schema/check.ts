import { canonicalText, parseCanonicalText } from './canonical.ts';
import { InvalidSchemaError } from './errors.ts';
import {
  MAX_FIELD_NAME_BYTES,
  MAX_SCHEMA_BYTES,
  MAX_SCHEMA_FIELDS,
  MAX_SCHEMA_LEVELS,
} from './limits.ts';
import { isText } from './logical-types.ts';
import type { SchemaNode } from './schema-node.ts';

/**
 * Says why a schema is not one that a manifest can carry, naming the field at fault, or `undefined`
 * when it is. Files may well have such a schema; they are registered without it.
 */
export function schemaProblem(columns: readonly SchemaNode[]): string | undefined {
  if (columns.length === 0) return 'has no field';
  const count = { fields: 0 };
  const problem = fieldsProblem(columns, '', 1, count);
  if (problem !== undefined) return problem;
  const bytes = Buffer.byteLength(canonicalText(columns), 'utf8');
  return bytes > MAX_SCHEMA_BYTES
    ? `has ${bytes} bytes in its canonical form, more than ${MAX_SCHEMA_BYTES}`
    : undefined;
}

/** As {@link schemaProblem}, of a text that is or is not the canonical form of a schema. */
export function schemaTextProblem(text: string): string | undefined {
  try {
    return schemaProblem(parseCanonicalText(text));
  } catch (error) {
    if (error instanceof InvalidSchemaError) return error.message;
    throw error;
  }
}

/**
 * Says why a name is not that of a field, or `undefined` when it is. Parquet knows no rule, and
 * files with empty names or line feeds in them exist.
 */
export function fieldNameProblem(name: string): string | undefined {
  const bytes = Buffer.byteLength(name, 'utf8');
  if (bytes > MAX_FIELD_NAME_BYTES) {
    return `must be at most ${MAX_FIELD_NAME_BYTES} bytes of UTF-8, not ${bytes}`;
  }
  return isText(name) ? undefined : 'must be valid UTF-8, without U+FFFD';
}

function fieldsProblem(
  nodes: readonly SchemaNode[],
  path: string,
  level: number,
  count: { fields: number },
): string | undefined {
  for (const node of nodes) {
    const at = path + node.name;
    count.fields += 1;
    if (count.fields > MAX_SCHEMA_FIELDS) {
      return `has more than ${MAX_SCHEMA_FIELDS} fields: ${quote(at)} is one too many`;
    }
    if (level > MAX_SCHEMA_LEVELS) {
      return `has more than ${MAX_SCHEMA_LEVELS} levels, at ${quote(at)}`;
    }
    const ofName = fieldNameProblem(node.name);
    if (ofName !== undefined) return `has a field whose name ${ofName}: ${quote(at)}`;
    const below = fieldsProblem(node.children ?? [], `${at}.`, level + 1, count);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** The end of a path says most of it. */
function quote(path: string): string {
  return JSON.stringify(path.length > 200 ? `...${path.slice(-200)}` : path);
}
