import { datasetIdForName } from '../catalog/dataset-id.ts';
import { ErrInvalidArgument } from '../catalog/errors.ts';
import { MAX_FINGERPRINT_BYTES } from '../catalog/limits.ts';
import type { Runtime } from '../catalog/runtime.ts';
import { textProblem } from '../catalog/text.ts';
import { checkRegisterCall } from '../catalog/validate.ts';
import { findFault } from '../manifest/check.ts';
import type { ManifestFile } from '../manifest/manifest.ts';
import { FieldError } from './json-fields.ts';
import { MANIFEST_FIELDS, type ManifestRecord, manifestToJson } from './manifest-json.ts';
import { historyProblem, idProblem, isPurged, nameProblem } from './sanity.ts';

/** The method that is recorded for a manifest which comes without its writes. */
export const IMPORT_METHOD = 'ImportManifest';

/**
 * Checks the name of a dataset: of what is no text not even an id can be made.
 *
 * @throws {FieldError} saying which rule it breaks.
 */
export function checkName({ name }: ManifestRecord): void {
  wrong(nameProblem(name));
}

/**
 * Makes a whole manifest file of what a line says. What it does not say is made up: the id is that of
 * the name, the version is 1, the times are now, and there was one write.
 */
export function completed(
  record: ManifestRecord,
  runtime: Pick<Runtime, 'now' | 'uuid'>,
): ManifestFile {
  const { name, version = 1n, rowCount, schema, formerFingerprints, deletedAt } = record;
  const updatedAt = record.updatedAt ?? later(runtime.now(), record.createdAt);
  const writeId = record.history?.writeId ?? runtime.uuid();
  const write = { version, writeId, requestId: '', method: IMPORT_METHOD, callHash: '' };
  return {
    manifest: {
      datasetId: record.datasetId ?? datasetIdForName(name),
      name,
      schemaFingerprint: record.schemaFingerprint,
      objects: record.objects,
      createdAt: record.createdAt ?? updatedAt,
      updatedAt,
      ...(rowCount !== undefined && { rowCount }),
      version,
      labels: record.labels ?? new Map(),
      ...(schema !== undefined && { schema }),
      ...(formerFingerprints !== undefined && { formerFingerprints }),
    },
    writeId,
    recentWrites: record.history?.recentWrites ?? [{ ...write, existing: false }],
    ...(deletedAt !== undefined && { deletedAt }),
  };
}

/** A version that writes can go on from for ever, and times that can. */
const MAX_VERSION = 2n ** 53n;
const MAX_TIME = BigInt(Date.UTC(9000, 0, 1)) * 1_000n;

function rangeProblem({ manifest, deletedAt }: ManifestFile): string | undefined {
  if (manifest.version > MAX_VERSION) return `version is above ${MAX_VERSION}`;
  for (const former of manifest.formerFingerprints ?? []) {
    const problem = textProblem(former.schemaFingerprint, 1, MAX_FINGERPRINT_BYTES);
    if (problem !== undefined) return `former_fingerprints: schema_fingerprint ${problem}`;
  }
  const times = [manifest.createdAt, manifest.updatedAt, deletedAt ?? manifest.updatedAt];
  return times.every((time) => time < MAX_TIME) ? undefined : 'its times are beyond the year 9000';
}

function later(time: bigint, other = time): bigint {
  return other > time ? other : time;
}

function wrong(problem: string | undefined): void {
  if (problem !== undefined) throw new FieldError('', problem);
}

/**
 * Checks a manifest, whose name has been checked, by the rules that hold for calls and for files.
 *
 * @param isReserved whether a data object's key lies in the catalog's own place.
 * @throws {FieldError} naming what is wrong.
 */
export function checkFile(file: ManifestFile, isReserved: (key: string) => boolean): void {
  const { manifest } = file;
  const { name, schemaFingerprint, objects, rowCount, labels, schema } = manifest;
  wrong(idProblem(manifest));
  wrong(findFault(file));
  wrong(historyProblem(file));
  wrong(rangeProblem(file));
  if (isPurged(file)) {
    const more = objects.length + labels.size + (manifest.formerFingerprints?.length ?? 0);
    const isEmpty = more === 0 && rowCount === undefined && schema === undefined;
    wrong(isEmpty ? undefined : 'a deleted dataset without a fingerprint has nothing else either');
    return;
  }
  const call = { name, schemaFingerprint, objects, rowCount, labels, schema };
  try {
    checkRegisterCall({ ...call, expectedEtag: '', requestId: '', validateOnly: true }, isReserved);
  } catch (error) {
    throw error instanceof ErrInvalidArgument ? new FieldError('', error.message) : error;
  }
}

/**
 * The fields in which the catalog's manifest is another one than a line says. A whole manifest is
 * compared in all of them, another line in those that it has, and in whether the dataset is deleted.
 */
export function differences(
  record: ManifestRecord,
  wanted: ManifestFile,
  existing: ManifestFile,
): string[] {
  const [ours, theirs] = [manifestToJson(wanted), manifestToJson(existing)];
  const compared =
    record.history === undefined ? new Set([...record.given, 'deleted_at']) : MANIFEST_FIELDS;
  return [...compared].filter(
    (field) => JSON.stringify(ours[field]) !== JSON.stringify(theirs[field]),
  );
}
