import type { CanonicalLogicalType, SchemaNode } from './schema-node.ts';

/** A field's type in words. Injective but for the children: two nodes of one text differ in nothing else. */
export function describeType({
  repetition,
  physicalType,
  typeLength,
  logicalType,
}: SchemaNode): string {
  const length = typeLength === null ? '' : `(${typeLength})`;
  const logical = logicalType === null ? '' : ` ${nameOf(logicalType)}`;
  return `${repetition} ${physicalType ?? 'group'}${length}${logical}`;
}

function nameOf([name, ...parameters]: Exclude<CanonicalLogicalType, null>): string {
  switch (name) {
    case 'TIME':
    case 'TIMESTAMP':
      return `${name}(${parameters[1]}, ${parameters[0] ? 'UTC' : 'local'})`;
    case 'INTEGER':
      return `INTEGER(${parameters[0]}, ${parameters[1] ? 'signed' : 'unsigned'})`;
    case 'DECIMAL':
      return `DECIMAL(precision ${parameters[1]}, scale ${parameters[0]})`;
    default:
      return parameters.length === 0 ? name : `${name}(${parameters.map(String).join(', ')})`;
  }
}
