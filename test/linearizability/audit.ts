import { manifestKey } from '../../src/catalog/name.ts';
import { decodeManifest } from '../../src/manifest/decode.ts';
import type { ManifestFile } from '../../src/manifest/manifest.ts';
import type { Store } from '../../src/store/store.ts';
import { describe, type Observed, type Operation, type RegisterOperation } from './history.ts';

/** What the bucket holds of one name, in the terms of a history; `null`: nothing. */
export async function readBucket(store: Store, name: string) {
  const object = await store.get(manifestKey(name));
  if (object === undefined) return { object, file: undefined, manifest: null };
  const file = await decodeManifest(object.body);
  const { datasetId, version, rowCount, schemaFingerprint, labels, createdAt, updatedAt } =
    file.manifest;
  const manifest: Omit<Observed, 'etag'> = {
    datasetId,
    version: Number(version),
    marker: Number(rowCount ?? 0n),
    fingerprint: schemaFingerprint,
    labels: Object.fromEntries(labels),
    createdAt: String(createdAt),
    updatedAt: String(updatedAt),
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
  const registers = operations.filter((each) => each.kind === 'register');
  const writes = registers.filter(isAcknowledged);
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
    if (missing || (found !== undefined && found.requestId !== write.input.requestId)) {
      broken.push(`acknowledged, and not in the bucket: ${describe(write)}`);
    }
  }
  return [
    ...broken,
    ...refusedButPresent(
      recentWrites.map(({ requestId }) => requestId),
      registers,
    ),
  ];
}

function refusedButPresent(recorded: readonly string[], registers: readonly RegisterOperation[]) {
  const may = new Set(
    registers
      .filter(({ outcome }) => outcome.kind === 'ok' || outcome.kind === 'unknown')
      .map(({ input }) => input.requestId),
  );
  return registers
    .filter(({ input: { requestId } }) => requestId !== '' && !may.has(requestId))
    .filter(({ input: { requestId } }) => recorded.includes(requestId))
    .map((each) => `refused, and in the bucket: ${describe(each)}`);
}

type Acknowledged = RegisterOperation & { readonly outcome: { readonly kind: 'ok' } };

function isAcknowledged(operation: RegisterOperation): operation is Acknowledged {
  const { outcome, input } = operation;
  return outcome.kind === 'ok' && !outcome.replayed && !input.validateOnly;
}
