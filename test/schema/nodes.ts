import type {
  CanonicalLogicalType,
  PhysicalType,
  Repetition,
  SchemaNode,
} from '../../src/schema/schema-node.ts';

/** A column. */
export function leaf(
  name: string,
  repetition: Repetition = 'OPTIONAL',
  physicalType: PhysicalType = 'INT64',
  logicalType: CanonicalLogicalType = null,
): SchemaNode {
  const typeLength = physicalType === 'FIXED_LEN_BYTE_ARRAY' ? 16 : null;
  return { name, repetition, physicalType, logicalType, typeLength };
}

/** A group of fields. */
export function group(
  name: string,
  children: readonly SchemaNode[],
  logicalType: CanonicalLogicalType = null,
  repetition: Repetition = 'OPTIONAL',
): SchemaNode {
  return { name, repetition, logicalType, typeLength: null, children };
}

/** The list "l" around the field that is repeated in it. */
export function list(repeated: SchemaNode): SchemaNode {
  return group('l', [repeated], ['LIST']);
}

/** The map "m" with these fields in its entries. */
export function map(entry: string, ...fields: SchemaNode[]): SchemaNode {
  return group('m', [group(entry, fields, null, 'REPEATED')], ['MAP']);
}

/** A group that is repeated. */
export function repeated(name: string, ...fields: SchemaNode[]): SchemaNode {
  return group(name, fields, null, 'REPEATED');
}
