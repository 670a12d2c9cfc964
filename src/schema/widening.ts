import { sameType } from './same-field.ts';
import type { SchemaNode } from './schema-node.ts';

/**
 * How the values of one type lie to those of another: the same ones, more of them (so that readers of
 * the new type can read the old data), fewer (so that readers of the old type can read the new data),
 * or others.
 */
export type Widening = 'same' | 'wider' | 'narrower' | 'other';

/** Compares the types of two fields; docs/schema.md says why it is so. Repetitions and children aside. */
export function wideningOf(from: SchemaNode, to: SchemaNode): Widening {
  if (sameType(from, to)) return 'same';
  const [old, now] = [rangeOf(from), rangeOf(to)];
  if (old === undefined || now === undefined || old.family !== now.family) return 'other';
  if (old.size === now.size) return 'same';
  return old.size < now.size ? 'wider' : 'narrower';
}

/** Types of one family differ in their size alone: every value of the smaller is one of the larger. */
interface Range {
  readonly family: string;
  readonly size: number;
}

function rangeOf({ physicalType, logicalType }: SchemaNode): Range | undefined {
  if (physicalType === undefined) return undefined;
  const [name, first, second] = logicalType ?? [];
  switch (name) {
    case undefined:
      return PLAIN.get(physicalType);
    case 'INTEGER':
      // Readers go by the physical type where the two do not fit together.
      if (physicalType !== (first === 64 ? 'INT64' : 'INT32')) return undefined;
      return { family: second === true ? 'signed' : 'unsigned', size: Number(first) };
    case 'DECIMAL':
      // Each file says how it stores them: INT32, INT64 or bytes are all one to a reader.
      return { family: `decimal of scale ${first}`, size: Number(second) };
    case 'STRING':
      return physicalType === 'BYTE_ARRAY' ? { family: 'bytes', size: 1 } : undefined;
    default:
      return undefined;
  }
}

const PLAIN: ReadonlyMap<string, Range> = new Map([
  ['INT32', { family: 'signed', size: 32 }],
  ['INT64', { family: 'signed', size: 64 }],
  ['FLOAT', { family: 'floating', size: 32 }],
  ['DOUBLE', { family: 'floating', size: 64 }],
  // Any string is bytes; bytes are not all UTF-8.
  ['BYTE_ARRAY', { family: 'bytes', size: 2 }],
]);
