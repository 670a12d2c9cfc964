import type { SchemaNode } from './schema-node.ts';

/**
 * How the type of a field has changed, its repetition aside: readers of a wider type can read what was
 * written with a narrower one, not the other way round.
 */
export type Widening = 'same' | 'wider' | 'narrower' | 'other';

/** Compares the types of two fields, without their children and repetition. */
export function wideningOf(from: SchemaNode, to: SchemaNode): Widening {
  if (sameType(from, to)) return 'same';
  const [old, now] = [numberOf(from), numberOf(to)];
  if (old === undefined || now === undefined || old.kind !== now.kind || old.scale !== now.scale) {
    return 'other';
  }
  // Decimals of one precision are stored in several ways, which every reader of decimals knows.
  if (old.size === now.size) return 'same';
  return old.size < now.size ? 'wider' : 'narrower';
}

function sameType(a: SchemaNode, b: SchemaNode): boolean {
  return (
    a.physicalType === b.physicalType &&
    a.typeLength === b.typeLength &&
    JSON.stringify(a.logicalType) === JSON.stringify(b.logicalType)
  );
}

/** A type of numbers that differs from others of its kind in its size alone. */
function numberOf({
  physicalType,
  logicalType,
}: SchemaNode):
  | { readonly kind: string; readonly size: number; readonly scale?: number }
  | undefined {
  const [name, first, second] = logicalType ?? [];
  switch (name) {
    case undefined:
      return PLAIN[physicalType ?? ''];
    case 'INTEGER':
      return { kind: second === true ? 'signed' : 'unsigned', size: Number(first) };
    case 'DECIMAL':
      return { kind: 'decimal', size: Number(second), scale: Number(first) };
    default:
      return undefined;
  }
}

const PLAIN: Readonly<Record<string, { readonly kind: string; readonly size: number }>> = {
  INT32: { kind: 'signed', size: 32 },
  INT64: { kind: 'signed', size: 64 },
  FLOAT: { kind: 'float', size: 32 },
  DOUBLE: { kind: 'float', size: 64 },
};
