import { manifestKey } from '../../src/catalog/name.ts';
import { decodeManifest } from '../../src/manifest/decode.ts';
import type { ManifestFile, RecentWrite } from '../../src/manifest/manifest.ts';
import type { Store } from '../../src/store/store.ts';
import {
  describe,
  hasWritten,
  type Observed,
  type Operation,
  type WriteOperation,
} from './history.ts';
import { type Method, UNSET } from './input.ts';

/** The methods as files record them. */
const METHOD_NAMES: Readonly<Record<Method, string>> = {
  register: 'RegisterManifest',
  evolve: 'EvolveSchema',
  update: 'UpdateObjects',
  delete: 'DeleteManifest',
  undelete: 'UndeleteManifest',
  purge: 'PurgeManifest',
};

/** What the bucket holds of one name, in the terms of a history; `null`: no dataset, not even a deleted one. */
export async function readBucket(store: Store, name: string) {
  const object = await store.get(manifestKey(name));
  if (object === undefined) return { object, file: undefined, manifest: null };
  const file = await decodeManifest(object.body);
  if (isPurged(file)) return { object, file, manifest: null };
  const { objects, formerFingerprints = [], ...said } = file.manifest;
  const manifest: Omit<Observed, 'etag'> = {
    datasetId: said.datasetId,
    version: Number(said.version),
    marker: Number(said.rowCount ?? UNSET),
    fingerprint: said.schemaFingerprint,
    labels: Object.fromEntries(said.labels),
    objects: objects.map(({ key, sizeBytes, rowCount }) => ({
      key,
      size: Number(sizeBytes),
      rows: Number(rowCount ?? UNSET),
    })),
    objectCount: objects.length,
    totalSize: objects.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0),
    formers: formerFingerprints.map(
      (each) => `${each.schemaFingerprint}@${each.replacedInVersion}`,
    ),
    createdAt: String(said.createdAt),
    updatedAt: String(said.updatedAt),
    deletedAt: file.deletedAt === undefined ? null : String(file.deletedAt),
  };
  return { object, file, manifest };
}

/**
 * Holds the record of recent writes in a name's file against what its callers were told: nothing
 * acknowledged is missing, nothing refused is present.
 */
export function auditFile(
  name: string,
  file: ManifestFile | undefined,
  operations: readonly Operation[],
): string[] {
  const calls = operations.filter((each) => each.kind === 'write');
  const writes = calls.filter(hasWritten);
  if (file === undefined) return writes.map((each) => `not in the bucket: ${describe(each)}`);
  const broken: string[] = [];
  const { recentWrites, manifest } = file;
  const oldest = Number(manifest.version) - recentWrites.length + 1;
  for (const [i, write] of recentWrites.entries()) {
    if (Number(write.version) === oldest + i) continue;
    broken.push(`${name}: the recorded versions have a gap or a repetition at ${write.version}`);
  }
  const recorded = new Map(recentWrites.map((write) => [Number(write.version), write]));
  for (const write of writes) {
    const { version } = write.outcome;
    const found = recorded.get(version);
    const missing = found === undefined && version >= oldest;
    if (missing || (found !== undefined && !isRecordOf(found, write))) {
      broken.push(`acknowledged, and not in the bucket: ${describe(write)}`);
    }
  }
  const ids = recentWrites.map(({ requestId }) => requestId);
  return [...broken, ...tombstoneFaults(name, file), ...refusedButPresent(ids, calls)];
}

/** A file is a tombstone after a delete or a purge, and after nothing else; a purged one is empty. */
function tombstoneFaults(name: string, file: ManifestFile): string[] {
  const { manifest, deletedAt, recentWrites } = file;
  const method = recentWrites.at(-1)?.method;
  const faults: string[] = [];
  const removed = method === METHOD_NAMES.delete || method === METHOD_NAMES.purge;
  if ((deletedAt !== undefined) !== removed) {
    faults.push(`${name}: deleted at ${deletedAt}, and the last write was ${method}`);
  }
  const { objects, labels, rowCount, formerFingerprints } = manifest;
  const left = objects.length + labels.size + (formerFingerprints?.length ?? 0);
  if (isPurged(file) !== (method === METHOD_NAMES.purge)) {
    faults.push(`${name}: fingerprint ${manifest.schemaFingerprint} after ${method}`);
  } else if (isPurged(file) && (left > 0 || rowCount !== undefined)) {
    faults.push(`${name}: purged, and something of it is left`);
  }
  return faults;
}

/** Whether the file is what a purge leaves. */
function isPurged({ manifest }: ManifestFile): boolean {
  return manifest.schemaFingerprint === '';
}

/** Whether that is what the file keeps of an acknowledged write. */
function isRecordOf(
  { requestId, method, existing }: RecentWrite,
  { input, outcome }: WriteOperation,
): boolean {
  if (requestId !== input.requestId || method !== METHOD_NAMES[input.method]) return false;
  return outcome.kind !== 'ok' || existing === (outcome.existing ?? true);
}

function refusedButPresent(recorded: readonly string[], calls: readonly WriteOperation[]) {
  const may = new Set(
    calls
      .filter(({ outcome }) => outcome.kind === 'ok' || outcome.kind === 'unknown')
      .map(({ input }) => input.requestId),
  );
  return calls
    .filter(({ input: { requestId } }) => requestId !== '' && !may.has(requestId))
    .filter(({ input: { requestId } }) => recorded.includes(requestId))
    .map((each) => `refused, and in the bucket: ${describe(each)}`);
}
