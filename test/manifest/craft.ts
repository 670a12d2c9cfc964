import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { COLUMNS, type Column, flattenSchema } from '../../src/manifest/schema.ts';
import { SEAL_KEY, seal, UNSEALED } from '../../src/manifest/seal.ts';

export type Row = Record<string, unknown>;

/** A row as encodeManifest would write it. */
export function baseRow(): Row {
  return {
    dataset_id: 'd',
    name: 'n',
    schema_fingerprint: 'f',
    objects: [{ key: 'k', size_bytes: 5n }],
    created_at: 1n,
    updated_at: 2n,
    row_count: 3n,
    version: 1n,
    write_id: 'w',
    recent_writes: [
      { version: 1n, write_id: 'w', request_id: '', method: 'm', existing: false, call_hash: '' },
    ],
    labels: [{ key: 'a', value: 'b' }],
    min_reader: 1,
    min_writer: 1,
  };
}

/** What a test changes about an ordinary file. */
export interface Craft {
  readonly row?: Row;
  readonly rows?: number;
  /** Changes columns, given with their path; returning undefined removes one. */
  readonly column?: (element: SchemaElement, path: string) => SchemaElement | undefined;
  /** Columns after ours, at the top or in the struct of objects. */
  readonly more?: readonly SchemaElement[];
  readonly moreOfObjects?: readonly SchemaElement[];
}

/** A sealed file as another catalogd, a newer or a hostile one, might write it. */
export function craft({ row, rows = 1, column, more = [], moreOfObjects = [] }: Craft): Uint8Array {
  const change = ({ element, children }: Column, path: string): Column[] => {
    const changed = column ? column(element, path) : element;
    if (changed === undefined) return [];
    const extra = path === 'objects.list.element' ? moreOfObjects.map(leaf) : [];
    const below = children.flatMap((child) => change(child, `${path}.${child.element.name}`));
    return [{ element: changed, children: [...below, ...extra] }];
  };
  const columns = [
    ...COLUMNS.flatMap((child) => change(child, child.element.name)),
    ...more.map(leaf),
  ];
  const values: Row = { ...baseRow(), ...row };
  const bytes = new Uint8Array(
    parquetWriteBuffer({
      schema: flattenSchema(columns),
      columnData: columns.map(({ element: { name } }) => ({
        name,
        data: Array.from({ length: rows }, () => values[name]),
      })),
      statistics: false,
      kvMetadata: [{ key: SEAL_KEY, value: UNSEALED }],
    }),
  );
  seal(bytes);
  return bytes;
}

function leaf(element: SchemaElement): Column {
  return { element, children: [] };
}
