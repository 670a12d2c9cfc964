import type { SchemaNode } from './schema-node.ts';

/** What a group annotated as LIST holds. */
export interface ListContents {
  readonly kind: 'LIST';
  /** The field that is repeated. */
  readonly repeated: SchemaNode;
  /** What a list is of, with REQUIRED in the place of REPEATED. */
  readonly element: SchemaNode;
  /** 3 where the element stands within the repeated field, 2 where it is the repeated field. */
  readonly levels: 2 | 3;
}

/** What a group annotated as MAP holds. */
export interface MapContents {
  readonly kind: 'MAP';
  /** The group that is repeated, an entry each. */
  readonly repeated: SchemaNode;
  readonly key: SchemaNode;
  /** Absent in a map of keys alone. */
  readonly value: SchemaNode | undefined;
}

/**
 * What the group of a list or a map holds, by the place of the fields and not by their names, which
 * differ between writers (LogicalTypes.md of parquet-format, "Lists" and "Maps" with their
 * backward-compatibility rules).
 *
 * @returns nothing for any other field, and for a group that is made otherwise than that page says.
 */
export function contentsOf(group: SchemaNode): ListContents | MapContents | undefined {
  const [repeated, ...others] = group.children ?? [];
  if (repeated?.repetition !== 'REPEATED' || others.length > 0) return undefined;
  switch (group.logicalType?.[0]) {
    case 'LIST':
      return listContents(group, repeated);
    case 'MAP':
      return mapContents(repeated);
    default:
      return undefined;
  }
}

function listContents({ name }: SchemaNode, repeated: SchemaNode): ListContents {
  const [only, ...others] = repeated.children ?? [];
  const isElement =
    only === undefined ||
    others.length > 0 ||
    only.repetition === 'REPEATED' ||
    repeated.name === 'array' ||
    repeated.name === `${name}_tuple`;
  return isElement
    ? { kind: 'LIST', repeated, element: { ...repeated, repetition: 'REQUIRED' }, levels: 2 }
    : { kind: 'LIST', repeated, element: only, levels: 3 };
}

function mapContents(repeated: SchemaNode): MapContents | undefined {
  const [key, value, ...others] = repeated.children ?? [];
  return key === undefined || others.length > 0 ? undefined : { kind: 'MAP', repeated, key, value };
}
