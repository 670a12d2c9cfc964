import { createHash } from 'node:crypto';
import { InvalidSchemaError } from './errors.ts';
import { readColumns } from './read-columns.ts';
import type { SchemaNode } from './schema-node.ts';

/** The scheme of our own fingerprints, docs/fingerprint.md. */
const SCHEME = 'parquet-v1';

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

/**
 * Reads the text which {@link canonicalText} makes of a schema.
 *
 * @throws {InvalidSchemaError} for any other text: also for another way to write the same schema, so
 *   that one schema has one text and one fingerprint.
 */
export function parseCanonicalText(text: string): readonly SchemaNode[] {
  const columns = readColumns(parseJson(text));
  if (canonicalText(columns) === text) return columns;
  throw new InvalidSchemaError('the text is a schema, but not in its canonical form');
}

/**
 * The fingerprint of a schema.
 *
 * @param text as {@link canonicalText} makes it; not checked.
 * @param scheme another version line than that of docs/fingerprint.md's fingerprint.
 * @returns `parquet-v1:`, or what the scheme is, and 64 hex digits.
 */
export function fingerprintOfText(text: string, scheme = SCHEME): string {
  return `${scheme}:${createHash('sha256').update(`${scheme}\n${text}`).digest('hex')}`;
}

/**
 * Whether a fingerprint is of our own scheme, so that a schema can be held against it. Anything else
 * is opaque, even if it begins with `parquet-v1:`: who makes fingerprints of their own may.
 */
export function isOwnScheme(fingerprint: string): boolean {
  return /^parquet-v1:[0-9a-f]{64}$/.test(fingerprint);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidSchemaError('the text is not JSON, and so no schema', { cause });
  }
}

function isNode(value: unknown): value is SchemaNode {
  return typeof value === 'object' && value !== null && 'repetition' in value;
}

function tuple({ name, repetition, physicalType, typeLength, logicalType, children }: SchemaNode) {
  return children === undefined
    ? [name, repetition, physicalType, typeLength, logicalType]
    : [name, repetition, logicalType, children];
}
