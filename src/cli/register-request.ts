import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { LabelsSchema } from '../../gen/catalogd/v1/catalog_pb.ts';
import type { RegisterManifestRequestSchema } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { type PreparedDataset, readDataset } from './dataset-request.ts';
import type { Io } from './io.ts';
import { readLabels } from './labels.ts';
import type { ObjectFlags } from './object-options.ts';
import { UsageError } from './usage-error.ts';
import { readWriteFlags, type WriteFlags } from './write-options.ts';

/** The flags of `catalogd register`, as commander hands them over. */
export interface RegisterFlags extends ObjectFlags, WriteFlags {
  readonly label?: readonly string[];
  /** False for `--no-labels`, else true. */
  readonly labels?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** The request, and what was read to make it. */
export interface PreparedRequest extends Pick<PreparedDataset, 'footers'> {
  readonly request: MessageInitShape<typeof RegisterManifestRequestSchema>;
}

/**
 * Makes the request out of the arguments, the files' footers or the JSON.
 *
 * @throws {UsageError} if the arguments do not go together or the JSON is wrong.
 * @throws {DatasetFileError} as {@link readDataset}.
 */
export async function registerRequest(
  name: string,
  paths: readonly string[],
  flags: RegisterFlags,
  io: Io,
): Promise<PreparedRequest> {
  const settings = { ...labelsOf(flags), ...readWriteFlags(flags) };
  const { dataset, ...read } = await readDataset(paths, flags, io);
  return { request: { name, ...dataset, ...settings }, ...read };
}

/** Nothing where the labels are to stay as they are. */
function labelsOf({ label = [], labels }: RegisterFlags) {
  if (labels === false && label.length > 0) {
    throw new UsageError('--label and --no-labels exclude each other');
  }
  const entries = readLabels(label);
  const stay = labels !== false && label.length === 0;
  return stay ? {} : { labels: create(LabelsSchema, { entries }) };
}
