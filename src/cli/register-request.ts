import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { LabelsSchema } from '../../gen/catalogd/v1/catalog_pb.ts';
import type { RegisterManifestRequestSchema } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { MAX_INT64, readInteger } from './integer.ts';
import type { Io } from './io.ts';
import { UsageError } from './usage-error.ts';

/** The flags of `catalogd register`, as commander hands them over. */
export interface RegisterFlags extends Record<string, unknown> {
  readonly objects?: string;
  readonly fingerprint?: string;
  readonly rowCount?: string;
  readonly label?: readonly string[];
  /** False for `--no-labels`, else true. */
  readonly labels?: boolean;
  readonly expectedEtag?: string;
  readonly requestId?: string;
  readonly validateOnly?: boolean;
  readonly relativeTo?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

type Request = MessageInitShape<typeof RegisterManifestRequestSchema>;

/** The request, and what was read to make it. */
export interface PreparedRequest {
  readonly request: Request;
  /** Absent if the objects were given as JSON. */
  readonly footers?: { readonly files: number; readonly bytesRead: number };
}

/**
 * Makes the request out of the arguments, the files' footers or the JSON.
 *
 * @throws {UsageError} if the arguments do not go together or the JSON is wrong.
 * @throws {DatasetFileError} if a path leads to no file, a file is not Parquet, or of another schema
 *   than the first.
 */
export async function registerRequest(
  name: string,
  paths: readonly string[],
  flags: RegisterFlags,
  io: Io,
): Promise<PreparedRequest> {
  const settings = readSettings(flags);
  if (flags.objects !== undefined) {
    const dataset = await datasetOfJson(flags.objects, paths, flags, io);
    return { request: { name, ...dataset, ...settings } };
  }
  requireFlagsOfFiles(paths, flags);
  const { datasetOfFiles } = await import('./dataset-of-files.ts');
  const { relativeTo } = flags;
  const options = { relativeTo, progress: flags.json !== true };
  const { bytesRead, objects, ...dataset } = await datasetOfFiles(paths, options, io);
  return {
    request: { name, ...dataset, objects: [...objects], ...settings },
    footers: { files: objects.length, bytesRead },
  };
}

/** What goes with the request, wherever the objects come from. */
function readSettings(flags: RegisterFlags) {
  const labels = readLabels(flags);
  return {
    ...(labels === undefined ? {} : { labels: create(LabelsSchema, { entries: labels }) }),
    expectedEtag: given('--expected-etag', flags.expectedEtag),
    requestId: given('--request-id', flags.requestId),
    validateOnly: flags.validateOnly === true,
  };
}

function requireFlagsOfFiles(paths: readonly string[], flags: RegisterFlags): void {
  if (paths.length === 0) {
    throw new UsageError(
      'nothing to register: name Parquet files, folders, globs or s3://bucket/prefix, or give --objects FILE --fingerprint TEXT',
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
  flags: RegisterFlags,
  io: Io,
): Promise<Request> {
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
  const rowCount =
    flags.rowCount === undefined
      ? {}
      : { rowCount: readInteger('--row-count', flags.rowCount, 0n, MAX_INT64) };
  const { readObjects } = await import('./objects-json.ts');
  return {
    schemaFingerprint: flags.fingerprint,
    objects: await readObjects(source, io.stdin),
    ...rowCount,
  };
}

/** Undefined where the labels are to stay as they are. */
function readLabels(flags: RegisterFlags): Record<string, string> | undefined {
  const given = flags.label ?? [];
  if (flags.labels === false) {
    if (given.length > 0) {
      throw new UsageError('--label and --no-labels exclude each other');
    }
    return {};
  }
  const labels = new Map<string, string>();
  for (const text of given) {
    const [key = '', ...value] = text.split('=');
    if (key === '' || value.length === 0) {
      throw new UsageError(
        `--label: ${JSON.stringify(text)} is not KEY=VALUE, for example team=sales`,
      );
    }
    if (labels.has(key)) {
      throw new UsageError(`--label: ${JSON.stringify(key)} is given twice`);
    }
    labels.set(key, value.join('='));
  }
  return labels.size === 0 ? undefined : Object.fromEntries(labels);
}

/**
 * Empty means "not given" to the service: an etag out of a command substitution that failed would make
 * a conditional write an unconditional one.
 */
function given(flag: string, text: string | undefined): string {
  if (text === '') {
    throw new UsageError(`${flag}: must not be empty; leave it out to do without`);
  }
  return text ?? '';
}
