import { CHECKPOINT_PREFIX } from '../catalog/checkpoint-origin.ts';
import { MANIFEST_PREFIX, MANIFEST_SUFFIX, nameOfKey } from '../catalog/name.ts';
import { CLOCK_KEY } from '../catalog/retention.ts';
import type { ManifestFile } from '../manifest/manifest.ts';
import { StoreUnavailableError } from '../store/errors.ts';
import { PROBE_PREFIX } from '../store/probe.ts';
import type { Store } from '../store/store.ts';
import { type Finding, type FindingKind, Findings } from './findings.ts';
import { mapInOrder } from './in-order.ts';
import { type ListedKey, listKeys } from './list-keys.ts';
import { type DataPlaces, ObjectChecker } from './object-check.ts';
import { type ObjectCounts, ObjectTally } from './object-tally.ts';
import type { Patience } from './patience.ts';
import { type ReadManifest, readManifest } from './read-manifest.ts';
import {
  contentProblem,
  historyProblem,
  idProblem,
  isPurged,
  nameProblem,
  schemaProblem,
} from './sanity.ts';

/** What a verification works with. */
export interface VerifyParts {
  readonly store: Store;
  readonly patience: Patience;
  /** Where data objects are, if they are to be looked for, too. */
  readonly data?: DataPlaces | undefined;
}

/** What a verification has found. */
export interface VerifyReport {
  /** The store, fit to be printed. */
  readonly store: string;
  /** Whether nothing is wrong; leftovers of cut-off work do no harm. */
  readonly sound: boolean;
  /** Manifests that could be read. */
  readonly manifests: {
    readonly live: number;
    /** Deleted, and can be undeleted. */
    readonly deleted: number;
    /** Deleted and emptied. */
    readonly purged: number;
  };
  /** Data objects of live datasets, by their manifests. */
  readonly objects: number;
  /** What looking for these has shown, if they were looked for. */
  readonly looked_up?: ObjectCounts;
  /** How many findings there are of each kind. */
  readonly counts: Readonly<Partial<Record<FindingKind, number>>>;
  /** The findings by key: of more than 10,000 the first, problems before the others. */
  readonly findings: readonly Finding[];
}

const ROOT = '_catalog/';
/** Where a file store writes its files first. Its listing shows them only to who asks for them. */
const TEMP_PREFIX = '_catalog/tmp/';
/** Bytes of manifest files that may be in memory at once. */
const MAX_WEIGHT = 32 * 1024 * 1024;
const CONCURRENCY = 16;
/** So many files the store may fail to give out before it counts as unavailable. */
const MAX_UNREADABLE = 10;

/**
 * Reads all that is below `_catalog/` and says what is wrong with it. Changes nothing.
 *
 * @throws {StoreUnavailableError} if the store does not answer, or fails to give out several files.
 */
export async function verifyCatalog({ store, patience, data }: VerifyParts): Promise<VerifyReport> {
  const findings = new Findings();
  const manifests = { live: 0, deleted: 0, purged: 0 };
  let objects = 0;
  const checker = data && new ObjectChecker(data);
  const tally = new ObjectTally();
  const listed = await patience.retry(() => listKeys(store, [ROOT, TEMP_PREFIX]));
  const read = async ({ key }: ListedKey) => {
    const found = await readOrExcuse(store, key, patience, findings);
    if (found?.kind !== 'manifest') return { key, found };
    const isLive = found.file.deletedAt === undefined;
    if (isLive && checker) await tally.check(key, found.file.manifest.objects, checker, findings);
    return { key, found };
  };
  const keys = listed.filter((each) => isManifestKey(each.key, findings));
  const bounds = {
    concurrency: CONCURRENCY,
    weigh: ({ sizeBytes }: ListedKey) => sizeBytes,
    maxWeight: MAX_WEIGHT,
  };
  try {
    for await (const { key, found } of mapInOrder(keys, bounds, read)) {
      if (found === undefined) continue;
      judge(key, found, findings);
      if (found.kind !== 'manifest') continue;
      manifests[stateOf(found.file)]++;
      if (found.file.deletedAt === undefined) objects += found.file.manifest.objects.length;
    }
  } finally {
    await checker?.close();
  }
  return {
    store: store.url,
    sound: findings.ofSeverity('problem') === 0,
    manifests,
    objects,
    ...(checker && { looked_up: tally.counts(findings) }),
    counts: findings.counts,
    findings: findings.kept,
  };
}

/** Whether the key is that of a manifest; what it is else is noted. */
function isManifestKey(key: string, findings: Findings): boolean {
  if (key.startsWith(MANIFEST_PREFIX) && key.endsWith(MANIFEST_SUFFIX)) {
    const problem = nameProblem(nameOfKey(key) ?? '');
    if (problem !== undefined) findings.add('BAD_NAME', key, problem);
    return problem === undefined;
  }
  if (key.startsWith(PROBE_PREFIX)) {
    findings.add('PROBE_LEFTOVER', key, 'left by a probe that was cut off; remove it');
  } else if (key.startsWith(TEMP_PREFIX)) {
    findings.add('TEMP_LEFTOVER', key, 'left by a write that was cut off; remove it');
  } else if (key !== CLOCK_KEY && !key.startsWith(CHECKPOINT_PREFIX)) {
    findings.add('UNKNOWN_KEY', key, 'nothing that this catalogd knows');
  }
  return false;
}

/** A disk with a bad sector must not keep the others from being read; a store that is away must. */
async function readOrExcuse(
  store: Store,
  key: string,
  patience: Patience,
  findings: Findings,
): Promise<ReadManifest | undefined> {
  try {
    return await patience.retry(() => readManifest(store, key));
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    if (findings.count('UNREADABLE') >= MAX_UNREADABLE) throw error;
    findings.add('UNREADABLE', key, error.message);
    return undefined;
  }
}

function judge(key: string, found: ReadManifest, findings: Findings): void {
  const add = (kind: FindingKind, problem: string | undefined) => {
    if (problem !== undefined) findings.add(kind, key, problem);
  };
  switch (found.kind) {
    case 'absent':
      // Removed since it was listed.
      return;
    case 'manifest':
      add('WRONG_ID', idProblem(found.file.manifest));
      add('WRONG_HISTORY', historyProblem(found.file));
      add('WRONG_SCHEMA', schemaProblem(found.file));
      add('WRONG_CONTENT', contentProblem(found.file));
      if (found.file.readOnly) add('WRITTEN_BY_NEWER', 'read-only for this catalogd: upgrade it');
      return;
    case 'newer':
      add('NEEDS_UPGRADE', found.problem);
      return;
    case 'misplaced':
      add('MISPLACED', found.problem);
      return;
    case 'damaged':
    case 'collides':
      add('DAMAGED', found.problem);
  }
}

function stateOf(file: ManifestFile): 'live' | 'deleted' | 'purged' {
  if (file.deletedAt === undefined) return 'live';
  return isPurged(file) ? 'purged' : 'deleted';
}
