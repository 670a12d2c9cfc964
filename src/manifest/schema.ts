import type { FieldRepetitionType, SchemaElement } from 'hyparquet';

/** The highest version of the manifest format that this code reads and writes. */
export const FORMAT_VERSION = 2;

/** Written into `min_reader`: the lowest format version whose readers understand our files. */
export const MIN_READER = 1;

/** The largest manifest file, in bytes; 100,000 objects with long keys stay below half of it. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** A node of the Parquet schema: a leaf has no children. */
export interface Column {
  readonly element: SchemaElement;
  readonly children: readonly Column[];
}

/** The repeated entries of the `labels` column, below it in the schema. */
export const MAP_ENTRIES = 'key_value';

/**
 * The columns of a manifest file of format 1, in the order in which they are written. Field ids and
 * names are for ever.
 */
export const COLUMNS_1: readonly Column[] = [
  text('dataset_id', 1),
  text('name', 2),
  text('schema_fingerprint', 3),
  list('objects', 4, 101, [
    text('key', 102),
    int64('size_bytes', 103),
    text('etag', 104, 'OPTIONAL'),
    int64('row_count', 105, 'OPTIONAL'),
  ]),
  timestamp('created_at', 5),
  timestamp('updated_at', 6),
  int64('row_count', 7, 'OPTIONAL'),
  int64('version', 8),
  text('write_id', 9),
  list('recent_writes', 10, 201, [
    int64('version', 202),
    text('write_id', 203),
    text('request_id', 204),
    text('method', 205),
    boolean('existing', 206),
    text('call_hash', 207),
  ]),
  timestamp('deleted_at', 11, 'OPTIONAL'),
  textMap('labels', 12, 301, 302),
  int32('min_reader', 13),
  int32('min_writer', 14),
];

/**
 * The columns of format 2. A column that is added later must be OPTIONAL, for older files lack it.
 */
export const COLUMNS: readonly Column[] = [
  ...COLUMNS_1,
  text('schema', 15, 'OPTIONAL'),
  list(
    'former_fingerprints',
    16,
    401,
    [
      text('schema_fingerprint', 402),
      int64('replaced_in_version', 403),
      timestamp('replaced_at', 404),
    ],
    'OPTIONAL',
  ),
];

/** The schema as Parquet stores it: depth first, each group with the number of its children. */
export function flattenSchema(columns: readonly Column[], root = 'manifest'): SchemaElement[] {
  return [
    { name: root, num_children: columns.length },
    ...columns.flatMap(function flatten({ element, children }): SchemaElement[] {
      return children.length === 0
        ? [element]
        : [{ ...element, num_children: children.length }, ...children.flatMap(flatten)];
    }),
  ];
}

function leaf(element: SchemaElement): Column {
  return { element, children: [] };
}

// Both the logical and the older converted type are written: readers exist that know only one.

/** A column of text. */
export function text(
  name: string,
  field_id: number,
  repetition_type: FieldRepetitionType = 'REQUIRED',
): Column {
  const logical_type = { type: 'STRING' } as const;
  return leaf({
    name,
    field_id,
    repetition_type,
    type: 'BYTE_ARRAY',
    converted_type: 'UTF8',
    logical_type,
  });
}

/** A column of bytes. */
export function bytes(name: string, field_id: number): Column {
  return leaf({ name, field_id, repetition_type: 'REQUIRED', type: 'BYTE_ARRAY' });
}

function timestamp(name: string, field_id: number, repetition: FieldRepetitionType = 'REQUIRED') {
  return leaf({
    name,
    field_id,
    repetition_type: repetition,
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  });
}

function int64(name: string, field_id: number, repetition_type: FieldRepetitionType = 'REQUIRED') {
  return leaf({ name, field_id, repetition_type, type: 'INT64' });
}

function int32(name: string, field_id: number) {
  return leaf({ name, field_id, repetition_type: 'REQUIRED', type: 'INT32' });
}

function boolean(name: string, field_id: number) {
  return leaf({ name, field_id, repetition_type: 'REQUIRED', type: 'BOOLEAN' });
}

/** LogicalTypes.md of parquet-format, "Lists": the three-level form. */
function list(
  name: string,
  field_id: number,
  elementId: number,
  fields: Column[],
  repetition_type: FieldRepetitionType = 'REQUIRED',
): Column {
  const element: SchemaElement = {
    name: 'element',
    field_id: elementId,
    repetition_type: 'REQUIRED',
  };
  return {
    element: {
      name,
      field_id,
      repetition_type,
      converted_type: 'LIST',
      logical_type: { type: 'LIST' },
    },
    children: [
      {
        element: { name: 'list', repetition_type: 'REPEATED' },
        children: [{ element, children: fields }],
      },
    ],
  };
}

/** LogicalTypes.md of parquet-format, "Maps". */
function textMap(name: string, field_id: number, keyId: number, valueId: number): Column {
  return {
    element: {
      name,
      field_id,
      repetition_type: 'REQUIRED',
      converted_type: 'MAP',
      logical_type: { type: 'MAP' },
    },
    children: [
      {
        element: { name: MAP_ENTRIES, repetition_type: 'REPEATED' },
        children: [text('key', keyId), text('value', valueId)],
      },
    ],
  };
}
