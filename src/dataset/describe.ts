import { pathToFileURL } from 'node:url';
import type { SchemaElement } from 'hyparquet';
import { DatasetFileError } from './errors.ts';
import { firstDifference, relaxedFingerprint } from './fingerprint.ts';
import { type ParquetFooter, readParquetFooter } from './footer.ts';
import { mapInOrder } from './map-in-order.ts';

/** One file of a dataset. */
export interface DescribedObject {
  /** Absolute, percent-encoded: `file:///data/a%20b.parquet` (RFC 8089). */
  readonly uri: string;
  readonly sizeBytes: bigint;
  readonly rowCount: bigint;
}

/** What a set of Parquet files of one schema is, as a dataset. */
export interface DatasetDescription {
  /** In the order in which the files were given. */
  readonly objects: readonly DescribedObject[];
  /** Rows of all files. */
  readonly rowCount: bigint;
  readonly schemaFingerprint: string;
  /** That of the first file; all others have the same but for what the fingerprint leaves out. */
  readonly schema: readonly SchemaElement[];
}

/** How to read the files. */
export interface DescribeOptions {
  /** How many files are open at once, 1 or more. Default 8. */
  readonly concurrency?: number;
}

/**
 * Describes local Parquet files, of which it reads only the footers, as one dataset. All or
 * nothing: of several files at fault the first one given is named.
 *
 * @param paths absolute, or relative to the working directory; symbolic links are kept in the URI.
 * @throws {RangeError} if no path is given: a dataset without files has no schema to fingerprint.
 * @throws {DatasetFileError} if a file is given twice, cannot be read as Parquet, or has another
 *   schema than the first; the message says which column differs and how.
 */
export async function describeFiles(
  paths: readonly string[],
  options: DescribeOptions = {},
): Promise<DatasetDescription> {
  const [firstPath] = paths;
  if (firstPath === undefined) throw new RangeError('no file given: a dataset needs at least one');
  const uris = uniqueUris(paths);

  const first = await readParquetFooter(firstPath);
  const rest = await mapInOrder(paths.slice(1), options.concurrency ?? 8, async (path) => {
    const footer = await readParquetFooter(path);
    requireSameSchema(firstPath, first, path, footer);
    return { sizeBytes: footer.sizeBytes, rowCount: footer.rowCount };
  });

  const sizes = [{ sizeBytes: first.sizeBytes, rowCount: first.rowCount }, ...rest];
  return {
    objects: sizes.map((size, i) => ({ uri: uris[i] as string, ...size })),
    rowCount: sizes.reduce((sum, { rowCount }) => sum + rowCount, 0n),
    schemaFingerprint: first.schemaFingerprint,
    schema: first.schema,
  };
}

function uniqueUris(paths: readonly string[]): readonly string[] {
  const seen = new Map<string, string>();
  return paths.map((path) => {
    const uri = pathToFileURL(path).href;
    const before = seen.get(uri);
    if (before !== undefined) {
      throw new DatasetFileError(
        path,
        `is given twice${before === path ? '' : `, first as ${before}`}`,
      );
    }
    seen.set(uri, path);
    return uri;
  });
}

function requireSameSchema(
  firstPath: string,
  first: ParquetFooter,
  path: string,
  footer: ParquetFooter,
): void {
  if (footer.schemaFingerprint === first.schemaFingerprint) return;
  const onlyNulls = relaxedFingerprint(first.schema) === relaxedFingerprint(footer.schema);
  throw new DatasetFileError(
    path,
    `has another schema than ${firstPath}: ${firstDifference(first.schema, footer.schema)}${
      onlyNulls ? '; the two differ only in which columns are REQUIRED or OPTIONAL' : ''
    }`,
  );
}
