import type { SchemaElement } from 'hyparquet';
import { ByteBudget } from './byte-budget.ts';
import type { DataFile } from './data-file.ts';
import { DatasetFileError, FileProblem } from './errors.ts';
import { canonicalSchema, firstDifference, relaxedFingerprint } from './fingerprint.ts';
import { findFooter, MAX_FOOTER_BYTES, readLongFooter } from './footer-bytes.ts';
import type { FooterParser, ParsedFooter } from './footer-parser.ts';
import { mapInOrder } from './map-in-order.ts';
import { MAX_ROWS } from './max-rows.ts';

/** One file of a dataset. */
export interface DescribedObject {
  /** As of {@link DataFile.uri}. */
  readonly uri: string;
  readonly sizeBytes: bigint;
  readonly rowCount: bigint;
  /** Where the place has etags; without quotes. */
  readonly etag?: string;
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
  /** The same in its canonical form, docs/fingerprint.md. */
  readonly canonicalSchema: string;
  /** Bytes read of all files. */
  readonly bytesRead: number;
}

/** How far the reading has come. */
export interface DescribeProgress {
  readonly files: number;
  readonly bytesRead: number;
}

/** How to read the files. */
export interface DescribeOptions {
  readonly parser: FooterParser;
  /** How many files are open at once, 1 or more. Default 32. */
  readonly concurrency?: number;
  /** The longest footer read, in bytes. Default {@link MAX_FOOTER_BYTES}. */
  readonly maxFooterBytes?: number;
  /** Called after each file, and never after the end. */
  readonly onProgress?: (progress: DescribeProgress) => void;
}

/** Long footers held at once, in bytes; beside them each open file holds its last 64 KiB. */
const LONG_FOOTER_BYTES = 128 * 1024 * 1024;

/**
 * Describes Parquet files, of which it reads only the footers, as one dataset. All or nothing: of
 * several files at fault the first one given is named.
 *
 * @throws {RangeError} if no file is given: a dataset without files has no schema to fingerprint.
 * @throws {DatasetFileError} if a file cannot be read as Parquet, or has another schema than the
 *   first; the message says which column differs and how.
 * @throws {DatasetUnavailableError} if a file's server does not answer.
 */
export async function describeFiles(
  files: readonly DataFile[],
  options: DescribeOptions,
): Promise<DatasetDescription> {
  const [firstFile, ...otherFiles] = files;
  if (firstFile === undefined) throw new RangeError('no file given: a dataset needs at least one');
  const { concurrency = 32, maxFooterBytes = MAX_FOOTER_BYTES, onProgress } = options;
  const budget = new ByteBudget(Math.max(LONG_FOOTER_BYTES, maxFooterBytes));
  const reading = { parser: options.parser, maxFooterBytes, budget };
  let done = { files: 0, bytesRead: 0 };
  const read = async (file: DataFile, expected?: string): Promise<ReadFooter> => {
    const footer = await readFooter(file, reading, expected);
    done = { files: done.files + 1, bytesRead: done.bytesRead + footer.bytesRead };
    onProgress?.(done);
    return footer;
  };

  const first = await read(firstFile);
  const { schemaFingerprint, schema = [] } = first;
  const others = await mapInOrder(otherFiles, concurrency, async (file) => {
    const footer = await read(file, schemaFingerprint);
    requireSameSchema(firstFile, schema, file, footer);
    return footer.object;
  });
  const objects = [first.object, ...others];
  return {
    objects,
    rowCount: rowsOfAll(files, objects),
    schemaFingerprint,
    schema,
    canonicalSchema: canonicalSchema(schema),
    bytesRead: done.bytesRead,
  };
}

interface Reading {
  readonly parser: FooterParser;
  readonly maxFooterBytes: number;
  readonly budget: ByteBudget;
}

interface ReadFooter extends Omit<ParsedFooter, 'rowCount'> {
  readonly object: DescribedObject;
  readonly bytesRead: number;
}

async function readFooter(
  file: DataFile,
  { parser, maxFooterBytes, budget }: Reading,
  expected?: string,
): Promise<ReadFooter> {
  try {
    const opened = await file.open();
    try {
      const { length, bytes, bytesRead } = await findFooter(opened, maxFooterBytes);
      const { rowCount, ...schema } = bytes
        ? await parser.parse(bytes, expected)
        : await budget.holding(length, async () =>
            parser.parse(await readLongFooter(opened, length), expected),
          );
      const { sizeBytes, etag } = opened;
      return {
        ...schema,
        object: {
          uri: file.uri,
          sizeBytes: BigInt(sizeBytes),
          rowCount,
          ...(etag === undefined ? {} : { etag }),
        },
        bytesRead: bytesRead + (bytes ? 0 : length),
      };
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    throw new DatasetFileError(file.name, error.message, { cause: error.cause });
  }
}

/** @throws {DatasetFileError} that names the first file with which they are more than can be counted. */
function rowsOfAll(files: readonly DataFile[], objects: readonly DescribedObject[]): bigint {
  let rows = 0n;
  for (const [i, { rowCount, uri }] of objects.entries()) {
    rows += rowCount;
    if (rows <= MAX_ROWS) continue;
    const problem = `has ${rowCount} rows, with which the dataset has ${rows}; at most ${MAX_ROWS} can be counted`;
    throw new DatasetFileError(files[i]?.name ?? uri, problem);
  }
  return rows;
}

function requireSameSchema(
  firstFile: DataFile,
  first: readonly SchemaElement[],
  file: DataFile,
  { schema }: ReadFooter,
): void {
  if (schema === undefined) return;
  const onlyNulls = relaxedFingerprint(first) === relaxedFingerprint(schema);
  throw new DatasetFileError(
    file.name,
    `has another schema than ${firstFile.name}: ${firstDifference(first, schema)}${
      onlyNulls ? '; the two differ only in which columns are REQUIRED or OPTIONAL' : ''
    }`,
  );
}
