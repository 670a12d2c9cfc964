import { datasetIdForName } from '../catalog/dataset-id.ts';
import { ErrInvalidArgument } from '../catalog/errors.ts';
import { MAX_INT64 } from '../catalog/limits.ts';
import { checkName } from '../catalog/name.ts';
import type { Manifest, ManifestFile } from '../manifest/manifest.ts';
import { schemaTextProblem } from '../schema/check.ts';
import { formatTime } from './json-time.ts';

/** Says what is wrong with a dataset's name, if anything. */
export function nameProblem(name: string): string | undefined {
  try {
    checkName(name);
    return undefined;
  } catch (error) {
    if (error instanceof ErrInvalidArgument) return error.message;
    throw error;
  }
}

/** Says so if the dataset id is not that of the name. */
export function idProblem({ name, datasetId }: Manifest): string | undefined {
  const expected = datasetIdForName(name);
  return datasetId === expected
    ? undefined
    : `dataset_id is ${JSON.stringify(datasetId)}, that of the name is ${expected}`;
}

/**
 * Says so if a version is missing among the recent writes, by which replicas tell what became of
 * their writes. That the last one is the manifest's own version is checked when a file is decoded.
 */
export function historyProblem({ recentWrites }: ManifestFile): string | undefined {
  for (const [i, { version }] of recentWrites.entries()) {
    const before = recentWrites[i - 1];
    if (before !== undefined && version !== before.version + 1n) {
      return `recent_writes[${i}] is of version ${version} and follows version ${before.version}`;
    }
  }
  return undefined;
}

/** Says so if the schema is none, with which no catalogd would start. */
export function schemaProblem({ manifest: { schema } }: ManifestFile): string | undefined {
  const problem = schema === undefined ? undefined : schemaTextProblem(schema);
  return problem && `schema ${problem}`;
}

/**
 * Says so if the content has no form in an answer: a catalogd would not start with sizes that add up to
 * more than an int64, and could neither answer with nor export times that no calendar has.
 */
export function contentProblem({ manifest, deletedAt }: ManifestFile): string | undefined {
  const total = manifest.objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n);
  if (total > MAX_INT64) return `the sizes of its objects add up to ${total}, above ${MAX_INT64}`;
  const { createdAt, updatedAt, formerFingerprints = [] } = manifest;
  const replaced = formerFingerprints.map(({ replacedAt }) => replacedAt);
  try {
    for (const time of [createdAt, updatedAt, deletedAt ?? updatedAt, ...replaced])
      formatTime(time);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return `a time is wrong: ${error.message}`;
    throw error;
  }
}

/** Whether a deleted dataset has been emptied, so that only its name and history are left. */
export function isPurged({ deletedAt, manifest }: ManifestFile): boolean {
  return deletedAt !== undefined && manifest.schemaFingerprint === '';
}
