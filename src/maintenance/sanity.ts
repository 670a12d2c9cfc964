import { datasetIdForName } from '../catalog/dataset-id.ts';
import { ErrInvalidArgument } from '../catalog/errors.ts';
import { checkName } from '../catalog/name.ts';
import type { Manifest, ManifestFile } from '../manifest/manifest.ts';
import { schemaTextProblem } from '../schema/check.ts';

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

/** Whether a deleted dataset has been emptied, so that only its name and history are left. */
export function isPurged({ deletedAt, manifest }: ManifestFile): boolean {
  return deletedAt !== undefined && manifest.schemaFingerprint === '';
}
