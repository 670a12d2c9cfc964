import { type FileMetaData, parquetSchema, type SchemaElement, type SchemaTree } from 'hyparquet';
import { CorruptManifestError } from './errors.ts';
import { type Column, flattenSchema } from './schema.ts';

/** A file's metadata cut down to the columns we know. */
export interface Projection {
  /** With this, hyparquet never looks at a column we do not know, whatever its type or codec. */
  readonly metadata: FileMetaData;
  /** The paths of the columns that we do not know, for example `objects.list.element.checksum`. */
  readonly unknown: readonly string[];
}

/**
 * Compares a file's schema with ours. What the file lacks must be optional; what it has must be of
 * exactly our kind.
 *
 * @throws {CorruptManifestError} if a column is missing, doubled, or of another kind.
 */
export function project(metadata: FileMetaData, columns: readonly Column[]): Projection {
  const { children } = parquetSchema(metadata);
  const known = new Set<SchemaTree>();
  const unknown: string[] = [];
  const schema = flattenSchema(intersect(columns, children, known, unknown).map(asStruct));
  const leaves = children.flatMap(leavesOf);
  const row_groups = metadata.row_groups.map((group) => {
    if (group.columns.length !== leaves.length) {
      throw new CorruptManifestError(
        `a row group has ${group.columns.length} columns, the schema ${leaves.length}`,
      );
    }
    // Column chunks come in the order of the schema's leaves (parquet.thrift, RowGroup.columns).
    const chunks = group.columns.filter((_, i) => known.has(leaves[i] as SchemaTree));
    return { ...group, columns: chunks };
  });
  return { metadata: { ...metadata, schema, row_groups }, unknown };
}

/** The columns which both have. The file's go to `known`, the paths of those we lack to `unknown`. */
function intersect(
  ours: readonly Column[],
  theirs: readonly SchemaTree[],
  known: Set<SchemaTree>,
  unknown: string[],
): Column[] {
  for (const { element, path } of theirs) {
    if (!ours.some((column) => column.element.name === element.name)) unknown.push(path.join('.'));
  }
  return ours.flatMap((column) => {
    const { element, children } = column;
    const [found, another] = theirs.filter((tree) => tree.element.name === element.name);
    if (found === undefined) {
      if (element.repetition_type === 'OPTIONAL') return [];
      throw new CorruptManifestError(`there is no column ${element.name}`);
    }
    const path = found.path.join('.');
    if (another !== undefined) throw new CorruptManifestError(`there are two columns ${path}`);
    const [is, must] = [kind(found.element), kind(element)];
    if (is !== must) {
      throw new CorruptManifestError(`column ${path} is ${is}, it must be ${must}`);
    }
    known.add(found);
    return [{ element, children: intersect(children, found.children, known, unknown) }];
  });
}

/** All that must agree for two columns of one name to be the same column. */
function kind({ type, repetition_type, field_id, converted_type, logical_type }: SchemaElement) {
  const time = logical_type?.type === 'TIMESTAMP' ? logical_type : undefined;
  return [
    repetition_type ?? 'REQUIRED',
    type ?? 'group',
    converted_type ?? '',
    logical_type?.type ?? '',
    time?.unit ?? '',
    time?.isAdjustedToUTC ?? '',
    field_id ?? '',
  ].join('/');
}

/**
 * hyparquet turns a MAP into a plain object, in which `__proto__` is lost, two equal keys become one
 * and `10` moves behind `9`. As a struct with repeated entries all of them arrive, in order.
 */
function asStruct(column: Column): Column {
  if (column.element.converted_type !== 'MAP') return column;
  const { converted_type, logical_type, ...element } = column.element;
  return { ...column, element };
}

function leavesOf(tree: SchemaTree): SchemaTree[] {
  return tree.children.length === 0 ? [tree] : tree.children.flatMap(leavesOf);
}
