import type { Entry } from './entry.ts';

/** What has become of an attempt to write, as far as the store's file tells. */
export type Fate =
  /** It is what made the next version. */
  | 'landed'
  /** Another attempt made the next version, so this one can never take effect. */
  | 'lost'
  /** The file is still at the base, which decides nothing: the put may land late. */
  | 'undecided'
  /** So many writes came after that the record of the next version is gone. */
  | 'unknowable';

/**
 * Tells the fate of the attempts which one call made on one base version, from a read of the file
 * that began after they were sent. Attempts are conditional on the base, so at most one can land.
 *
 * @param baseVersion the version that the attempts meant to follow; 0 for a create.
 * @param writeIds the attempts' write ids.
 */
export function fateOf(
  baseVersion: bigint,
  writeIds: ReadonlySet<string>,
  current: Entry | undefined,
): Fate {
  if (current === undefined || current.version <= baseVersion) return 'undecided';
  const next = current.recentWrites.find((write) => write.version === baseVersion + 1n);
  if (next === undefined) return 'unknowable';
  return writeIds.has(next.writeId) ? 'landed' : 'lost';
}
