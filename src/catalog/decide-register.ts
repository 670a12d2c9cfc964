import {
  MAX_RECENT_WRITES,
  type Manifest,
  type ManifestFile,
  type Micros,
  type RecentWrite,
} from '../manifest/manifest.ts';
import type { RegisterCall } from './call.ts';
import { callHash, REGISTER_METHOD } from './call-hash.ts';
import { datasetIdForName } from './dataset-id.ts';
import { type Entry, isLive, type ViewCodec } from './entry.ts';
import {
  type CatalogError,
  ErrEtagMismatch,
  ErrFingerprintConflict,
  ErrRequestIdReused,
  ErrUpgradeRequired,
} from './errors.ts';

/** What a call comes to on a given state of its name. */
export type Decision =
  | { readonly kind: 'refuse'; readonly error: CatalogError }
  | { readonly kind: 'replay'; readonly write: RecentWrite }
  | { readonly kind: 'write'; readonly existing: boolean; readonly candidate: Candidate };

/** A manifest file that lacks only its write id: each attempt to write it has its own. */
export type Candidate = (writeId: string) => ManifestFile;

/**
 * The register contract for one name (R2-R4, R12-R14): what the call comes to if `current` is the
 * state of its name. Changes nothing.
 *
 * @param current the state of the name; absent, live or a tombstone.
 * @param now the wall clock; the new version's time is later than the current one's in any case.
 */
export function decideRegister(
  call: RegisterCall,
  current: Entry | undefined,
  now: Micros,
  codec: ViewCodec,
): Decision {
  const hash = call.requestId === '' ? '' : callHash(call);
  const recorded = recordOf(call.requestId, current);
  if (recorded !== undefined) {
    return recorded.callHash === hash
      ? { kind: 'replay', write: recorded }
      : refuse(new ErrRequestIdReused(call.name, call.requestId, recorded.version));
  }
  const prior = isLive(current) ? current : undefined;
  if (call.expectedEtag !== '' && prior?.etag !== call.expectedEtag) {
    return refuse(new ErrEtagMismatch(call.name, call.expectedEtag, prior?.etag));
  }
  if (prior !== undefined && prior.schemaFingerprint !== call.schemaFingerprint) {
    return refuse(
      new ErrFingerprintConflict(call.name, prior.schemaFingerprint, call.schemaFingerprint),
    );
  }
  if (current?.readOnly === true) return refuse(new ErrUpgradeRequired(call.name));

  const existing = prior !== undefined;
  const manifest = nextManifest(call, current, now, codec);
  const candidate: Candidate = (writeId) => ({
    manifest,
    writeId,
    recentWrites: [
      ...(current?.recentWrites ?? []),
      {
        version: manifest.version,
        writeId,
        requestId: call.requestId,
        method: REGISTER_METHOD,
        existing,
        callHash: hash,
      },
    ].slice(-MAX_RECENT_WRITES),
  });
  return { kind: 'write', existing, candidate };
}

function refuse(error: CatalogError): Decision {
  return { kind: 'refuse', error };
}

function recordOf(requestId: string, current: Entry | undefined): RecentWrite | undefined {
  if (requestId === '') return undefined;
  return current?.recentWrites.find((write) => write.requestId === requestId);
}

function nextManifest(
  call: RegisterCall,
  current: Entry | undefined,
  now: Micros,
  codec: ViewCodec,
): Manifest {
  // Later than before, whatever a replica's clock says (R3), over delete and re-create too.
  const time = current !== undefined && now <= current.updatedAt ? current.updatedAt + 1n : now;
  const prior = isLive(current) ? current : undefined;
  return {
    datasetId: prior?.datasetId ?? datasetIdForName(call.name),
    name: call.name,
    schemaFingerprint: call.schemaFingerprint,
    objects: call.objects,
    createdAt: prior?.createdAt ?? time,
    updatedAt: time,
    ...(call.rowCount === undefined ? {} : { rowCount: call.rowCount }),
    version: (current?.version ?? 0n) + 1n,
    labels: call.labels ?? (prior === undefined ? new Map() : codec.labels(prior.views)),
  };
}
