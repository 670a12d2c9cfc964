import { MANIFEST_PREFIX, MANIFEST_SUFFIX, manifestKey, nameOfKey } from '../catalog/name.ts';
import { compareUtf8 } from '../catalog/text.ts';
import { OutcomeUnknownError, StoreUnavailableError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { mapInOrder } from './in-order.ts';
import { listKeys } from './list-keys.ts';
import type { Patience } from './patience.ts';
import { readManifest } from './read-manifest.ts';
import { nameProblem } from './sanity.ts';

/** What a removal works with. */
export interface PurgeParts {
  readonly store: Store;
  readonly patience: Patience;
}

/** What became of one name. */
export interface PurgedName {
  readonly name: string;
  /**
   * - `removed`: its file is gone, with its version and recent writes.
   * - `undecided`: its file is gone, but a request to remove it was lost and may yet take effect.
   * - `absent`: there was no file.
   * - `live`: it is not deleted, so it stays.
   * - `unusable`: what is there cannot be read, so it stays.
   */
  readonly outcome: 'removed' | 'undecided' | 'absent' | 'live' | 'unusable';
  /** Why it stays, or what to do. */
  readonly problem?: string;
}

/** Manifests read at once. */
const CONCURRENCY = 8;

/**
 * Really removes the files of deleted datasets. No replica may run on the store: one that does might
 * take the empty place for a name that never was, or bring the file back by a write of its own.
 *
 * @param names which; absent: all that are deleted, and the outcomes of these alone.
 * @param dryRun whether nothing is removed.
 * @returns what became of each, in the order given, or by name.
 * @throws {StoreUnavailableError} {@link OutcomeUnknownError} if the store does not answer.
 */
export async function purgeOffline(
  parts: PurgeParts,
  names: readonly string[] | undefined,
  dryRun: boolean,
): Promise<readonly PurgedName[]> {
  const bounds = { concurrency: CONCURRENCY, weigh: () => 1, maxWeight: CONCURRENCY };
  const outcomes: PurgedName[] = [];
  const purge = (name: string) => purgeOne(parts, name, dryRun);
  for await (const one of mapInOrder(names ?? (await allNames(parts)), bounds, purge)) {
    const isDeleted = one.outcome !== 'live' && one.outcome !== 'absent';
    if (names !== undefined || isDeleted) outcomes.push(one);
  }
  return outcomes;
}

async function allNames({ store, patience }: PurgeParts): Promise<string[]> {
  const listed = await patience.retry(() => listKeys(store, [MANIFEST_PREFIX]));
  return listed
    .filter(({ key }) => key.endsWith(MANIFEST_SUFFIX))
    .map(({ key }) => nameOfKey(key) ?? '')
    .filter((name) => nameProblem(name) === undefined)
    .sort(compareUtf8);
}

async function purgeOne(
  { store, patience }: PurgeParts,
  name: string,
  dryRun: boolean,
): Promise<PurgedName> {
  const key = manifestKey(name);
  const found = await patience.retry(() => readManifest(store, key));
  if (found.kind === 'absent') return { name, outcome: 'absent' };
  if (found.kind !== 'manifest') return { name, outcome: 'unusable', problem: found.problem };
  if (found.file.deletedAt === undefined) {
    return { name, outcome: 'live', problem: 'it is not deleted' };
  }
  if (found.file.readOnly) {
    return { name, outcome: 'unusable', problem: 'a newer catalogd wrote it: upgrade' };
  }
  if (dryRun || (await remove(store, key, patience))) {
    return { name, outcome: 'removed' };
  }
  return { name, outcome: 'undecided', problem: LATE };
}

const LATE =
  'an answer of the store was lost, so an earlier request may yet remove what is registered anew: start no replica before the store has come to rest, some minutes say';

/**
 * Removing twice does no harm, so what has failed is repeated, of unknown outcome or not. But nothing
 * fences a request that was lost, whatever became of those after it.
 *
 * @returns whether no request is left that may take effect later.
 */
async function remove(store: Store, key: string, patience: Patience): Promise<boolean> {
  let lost = false;
  for (let tries = 0; ; tries++) {
    try {
      await store.delete(key);
      return !lost;
    } catch (error) {
      if (error instanceof OutcomeUnknownError) lost = true;
      else if (!(error instanceof StoreUnavailableError)) throw error;
      if (!(await patience.wait(tries))) throw error;
    }
  }
}
