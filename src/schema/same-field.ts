import type { SchemaNode } from './schema-node.ts';

/** Whether two fields have the same type and repetition, whatever their names and children. */
export function sameField(a: SchemaNode, b: SchemaNode): boolean {
  return a.repetition === b.repetition && sameType(a, b);
}

/** Whether two fields have the same type, whatever their names, repetitions and children. */
export function sameType(a: SchemaNode, b: SchemaNode): boolean {
  return (
    a.physicalType === b.physicalType &&
    a.typeLength === b.typeLength &&
    JSON.stringify(a.logicalType) === JSON.stringify(b.logicalType)
  );
}
