import { createHash } from 'node:crypto';
import {
  MAX_FORMER_FINGERPRINTS,
  MAX_RECENT_WRITES,
  type Manifest,
  type ManifestFile,
  type Micros,
  type RecentWrite,
} from '../manifest/manifest.ts';
import type { WriteCall } from './call.ts';
import { datasetIdForName } from './dataset-id.ts';
import type { Entry, ViewCodec } from './entry.ts';
import {
  type CatalogError,
  ErrEtagMismatch,
  ErrRequestIdReused,
  ErrUpgradeRequired,
} from './errors.ts';
import type { Content, Plan, WriteRules } from './write-rules.ts';

/** What a call comes to on a given state of its name. */
export type Decision =
  | { readonly kind: 'refuse'; readonly error: CatalogError }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'replay'; readonly write: RecentWrite }
  | (Omit<Extract<Plan, { kind: 'write' }>, 'content'> & { readonly candidate: Candidate });

/**
 * A manifest file that lacks only its write id, which each attempt to write it has its own of.
 *
 * @param before the record of the writes before, which may be of the same attempt.
 */
export type Candidate = (writeId: string, before: readonly RecentWrite[]) => ManifestFile;

/**
 * The contract of writing for one name (R12-R14): what the call comes to if `current` is the state
 * of its name. Changes nothing.
 *
 * @param current the state of the name; absent, live or a tombstone.
 * @param now the wall clock; the new version's time is later than the current one's in any case.
 */
export function decide<C extends WriteCall>(
  rules: WriteRules<C>,
  call: C,
  current: Entry | undefined,
  now: Micros,
  codec: ViewCodec,
): Decision {
  const callHash = call.requestId === '' ? '' : hashOf(rules, call);
  const recorded = recordOf(call.requestId, current);
  if (recorded !== undefined) {
    return recorded.callHash === callHash
      ? { kind: 'replay', write: recorded }
      : refuse(new ErrRequestIdReused(call.name, call.requestId, recorded.version));
  }
  const subject = rules.subject(current);
  if (call.expectedEtag !== '' && subject?.etag !== call.expectedEtag) {
    return refuse(new ErrEtagMismatch(call.name, call.expectedEtag, subject?.etag));
  }
  const plan = rules.plan(call, current, codec);
  if (plan.kind !== 'write') return plan;
  if (current?.readOnly === true) return refuse(new ErrUpgradeRequired(call.name));

  const { content, ...planned } = plan;
  const manifest = nextManifest(call.name, content, current, now);
  const deletedAt = content.deleted === 'still' ? current?.deletedAt : manifest.updatedAt;
  const candidate: Candidate = (writeId, before) => ({
    manifest,
    writeId,
    recentWrites: [
      ...before,
      {
        version: manifest.version,
        writeId,
        requestId: call.requestId,
        method: rules.method,
        existing: planned.existing,
        callHash,
      },
    ].slice(-MAX_RECENT_WRITES),
    ...(content.deleted !== undefined && deletedAt !== undefined && { deletedAt }),
  });
  return { ...planned, candidate };
}

/**
 * A hash of what a call asks for. Of the domain's terms rather than the bytes on the wire, for maps
 * and JSON have no canonical form there.
 */
function hashOf<C extends WriteCall>(rules: WriteRules<C>, call: C): string {
  const meaning = [rules.method, call.name, ...rules.canonical(call)];
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex');
}

function refuse(error: CatalogError): Decision {
  return { kind: 'refuse', error };
}

function recordOf(requestId: string, current: Entry | undefined): RecentWrite | undefined {
  if (requestId === '') return undefined;
  return current?.recentWrites.find((write) => write.requestId === requestId);
}

function nextManifest(
  name: string,
  content: Content,
  current: Entry | undefined,
  now: Micros,
): Manifest {
  const { createdNow, deleted: _, replaces, formerFingerprints = [], ...said } = content;
  // Later than before, whatever a replica's clock says (R3), over delete and re-create too.
  const time = current !== undefined && now <= current.updatedAt ? current.updatedAt + 1n : now;
  const version = (current?.version ?? 0n) + 1n;
  const formers = [
    ...formerFingerprints,
    ...(replaces === undefined
      ? []
      : [{ schemaFingerprint: replaces, replacedInVersion: version, replacedAt: time }]),
  ].slice(-MAX_FORMER_FINGERPRINTS);
  return {
    ...said,
    datasetId: current?.datasetId ?? datasetIdForName(name),
    name,
    createdAt: createdNow === true ? time : (current?.createdAt ?? time),
    updatedAt: time,
    version,
    ...(formers.length > 0 && { formerFingerprints: formers }),
  };
}
