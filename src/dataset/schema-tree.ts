import type { SchemaElement } from 'hyparquet';
import { InvalidSchemaError } from '../schema/errors.ts';
import { MAX_SCHEMA_DEPTH } from '../schema/limits.ts';
import type { CanonicalLogicalType, SchemaNode } from '../schema/schema-node.ts';
import { canonicalLogicalType } from './logical-type.ts';

/**
 * The tree which the flat, depth-first list of a Parquet footer stands for, normalised as
 * docs/fingerprint.md says.
 *
 * @returns the top-level columns; the root itself says nothing about the data.
 * @throws {InvalidSchemaError} if the list is no such tree, or nested deeper than {@link MAX_SCHEMA_DEPTH}.
 */
export function schemaTree(schema: readonly SchemaElement[]): readonly SchemaNode[] {
  const root = schema[0];
  if (root === undefined) throw new InvalidSchemaError('the schema has no root element');
  const reader = { schema, next: 1 };
  const columns = readChildren(reader, root, null, 1);
  if (reader.next < schema.length) {
    throw new InvalidSchemaError(
      `the schema's tree ends after ${reader.next} of its ${schema.length} elements`,
    );
  }
  return columns;
}

interface Reader {
  readonly schema: readonly SchemaElement[];
  next: number;
}

function readChildren(
  reader: Reader,
  group: SchemaElement,
  logicalType: CanonicalLogicalType,
  depth: number,
): SchemaNode[] {
  if (depth > MAX_SCHEMA_DEPTH) {
    throw new InvalidSchemaError(`the schema is nested deeper than ${MAX_SCHEMA_DEPTH} levels`);
  }
  const children: SchemaNode[] = [];
  for (let count = group.num_children ?? 0; count > 0; count--) {
    const element = reader.schema[reader.next++];
    if (element === undefined) {
      throw new InvalidSchemaError(
        `group ${JSON.stringify(group.name)} ends before its children do`,
      );
    }
    children.push(readNode(reader, element, logicalType, depth));
  }
  return children;
}

function readNode(
  reader: Reader,
  element: SchemaElement,
  parent: CanonicalLogicalType,
  depth: number,
): SchemaNode {
  const { name, type, type_length, num_children = 0 } = element;
  // Thrift's value zero, for writers who leave the field out; every reader takes it so.
  const repetition = element.repetition_type ?? 'REQUIRED';
  const logicalType = canonicalLogicalType(element, parent);
  if ((type === undefined) === num_children <= 0) {
    throw new InvalidSchemaError(
      `schema element ${JSON.stringify(name)} has ${type ?? 'no physical type'} and ${num_children} children: neither a column nor a group`,
    );
  }
  if (type === undefined) {
    const children = readChildren(reader, element, logicalType, depth + 1);
    return { name, repetition, logicalType, typeLength: null, children };
  }
  if (type !== 'FIXED_LEN_BYTE_ARRAY') {
    return { name, repetition, logicalType, physicalType: type, typeLength: null };
  }
  if (type_length === undefined || !(type_length >= 0)) {
    throw new InvalidSchemaError(
      `column ${JSON.stringify(name)} has a fixed length but none is given`,
    );
  }
  return { name, repetition, logicalType, physicalType: type, typeLength: type_length };
}
