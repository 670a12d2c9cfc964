import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DataObjectSchema } from '../../gen/catalogd/v1/catalog_pb.ts';
import type { Schema } from '../../gen/catalogd/v1/schema_pb.ts';
import { MAX_INT64, readInteger } from './integer.ts';
import type { Io } from './io.ts';
import { writeNote } from './note.ts';
import type { ObjectFlags } from './object-options.ts';
import { UsageError } from './usage-error.ts';

/** A dataset as requests have it, and what was read to make it. */
export interface PreparedDataset {
  readonly dataset: {
    readonly schemaFingerprint: string;
    readonly objects: MessageInitShape<typeof DataObjectSchema>[];
    readonly rowCount?: bigint;
    readonly schema?: Schema;
  };
  /** Absent if the objects were given as JSON. */
  readonly footers?: ReadFooters;
}

/** How many files were read, and how much of them. */
export interface ReadFooters {
  readonly files: number;
  readonly bytesRead: number;
}

/**
 * Makes the dataset out of the files' footers or the JSON. A schema that is too large for a manifest
 * is left out, and a note says so.
 *
 * @throws {UsageError} if the arguments do not go together or the JSON is wrong.
 * @throws {DatasetFileError} if a path leads to no file, a file is not Parquet, or of another schema
 *   than the first.
 */
export async function readDataset(
  paths: readonly string[],
  flags: ObjectFlags,
  io: Io,
): Promise<PreparedDataset> {
  if (flags.objects !== undefined) {
    return { dataset: await datasetOfJson(flags.objects, paths, flags, io) };
  }
  requireFlagsOfFiles(paths, flags);
  const { datasetOfFiles } = await import('./dataset-of-files.ts');
  const { relativeTo } = flags;
  const options = { relativeTo, progress: flags.json !== true };
  const { bytesRead, objects, schemaProblem, ...dataset } = await datasetOfFiles(
    paths,
    options,
    io,
  );
  if (schemaProblem !== undefined) {
    writeNote(io, flags, `goes without the schema, for that ${schemaProblem}`);
  }
  return {
    dataset: { ...dataset, objects: [...objects] },
    footers: { files: objects.length, bytesRead },
  };
}

function requireFlagsOfFiles(paths: readonly string[], flags: ObjectFlags): void {
  if (paths.length === 0) {
    throw new UsageError(
      'no objects given: name Parquet files, folders, globs or s3://bucket/prefix, or give --objects FILE --fingerprint TEXT',
    );
  }
  if (paths.includes('')) throw new UsageError('a path is empty');
  if (flags.relativeTo === '') {
    throw new UsageError('--relative-to: must not be empty; . is the current folder');
  }
  for (const [flag, value] of [
    ['--fingerprint', flags.fingerprint],
    ['--row-count', flags.rowCount],
  ]) {
    if (value !== undefined) {
      throw new UsageError(`${flag}: goes with --objects only; that of files is read from them`);
    }
  }
}

async function datasetOfJson(
  source: string,
  paths: readonly string[],
  flags: ObjectFlags,
  io: Io,
): Promise<PreparedDataset['dataset']> {
  if (paths.length > 0) {
    throw new UsageError(`--objects and files (${paths[0]}) exclude each other`);
  }
  if (flags.relativeTo !== undefined) {
    throw new UsageError(
      '--relative-to: goes with files only; JSON has its keys as they are to be',
    );
  }
  if (flags.fingerprint === undefined || flags.fingerprint === '') {
    throw new UsageError('--fingerprint: is required with --objects, and must not be empty');
  }
  const rowCount = readRowCount(flags);
  const { readObjects } = await import('./objects-json.ts');
  return {
    schemaFingerprint: flags.fingerprint,
    objects: await readObjects(source, io.stdin),
    ...rowCount,
  };
}

/** @throws {UsageError} if it is no row count. */
export function readRowCount({ rowCount }: ObjectFlags): { readonly rowCount?: bigint } {
  return rowCount === undefined
    ? {}
    : { rowCount: readInteger('--row-count', rowCount, 0n, MAX_INT64) };
}
