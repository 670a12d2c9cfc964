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
  readonly json?: boolean;
}

type Request = MessageInitShape<typeof RegisterManifestRequestSchema>;

/**
 * Makes the request out of the arguments, the files' footers or the JSON.
 *
 * @throws {UsageError} if the arguments do not go together or the JSON is wrong.
 * @throws {DatasetFileError} if a file is not Parquet, or of another schema than the first.
 */
export async function registerRequest(
  name: string,
  files: readonly string[],
  flags: RegisterFlags,
  io: Io,
): Promise<Request> {
  const labels = readLabels(flags);
  const dataset =
    flags.objects === undefined
      ? await datasetOfFiles(files, flags)
      : await datasetOfJson(flags.objects, files, flags, io);
  return {
    name,
    ...dataset,
    ...(labels === undefined ? {} : { labels: create(LabelsSchema, { entries: labels }) }),
    expectedEtag: given('--expected-etag', flags.expectedEtag),
    requestId: given('--request-id', flags.requestId),
    validateOnly: flags.validateOnly === true,
  };
}

async function datasetOfFiles(files: readonly string[], flags: RegisterFlags): Promise<Request> {
  if (files.length === 0) {
    throw new UsageError(
      'nothing to register: name Parquet files, or give --objects FILE --fingerprint TEXT',
    );
  }
  for (const [flag, value] of [
    ['--fingerprint', flags.fingerprint],
    ['--row-count', flags.rowCount],
  ]) {
    if (value !== undefined) {
      throw new UsageError(`${flag}: goes with --objects only; that of files is read from them`);
    }
  }
  const { describeFiles } = await import('../dataset/describe.ts');
  const { objects, rowCount, schemaFingerprint } = await describeFiles(files);
  return {
    schemaFingerprint,
    rowCount,
    objects: objects.map(({ uri, ...counts }) => ({ key: uri, ...counts })),
  };
}

async function datasetOfJson(
  source: string,
  files: readonly string[],
  flags: RegisterFlags,
  io: Io,
): Promise<Request> {
  if (files.length > 0) {
    throw new UsageError(`--objects and files (${files[0]}) exclude each other`);
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
