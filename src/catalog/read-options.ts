import { ErrInvalidArgument } from './errors.ts';

/** What a read asks for. */
export interface ReadOptions {
  /** From a read of the store that begins after the call (R16), not from the index. */
  readonly strong: boolean;
  /** The version which the answer must not be older than; 0 for any. */
  readonly minVersion: bigint;
  /** Whether a deleted dataset that can be undeleted is found too. */
  readonly showDeleted: boolean;
}

/** A weak read: from the index, if it has the name. */
export const WEAK: ReadOptions = { strong: false, minVersion: 0n, showDeleted: false };

/**
 * Refuses a version that is not there even though the store was asked: versions never go back, so
 * none that was acknowledged is above the store's.
 *
 * @throws {ErrInvalidArgument} naming both versions.
 */
export function checkMinVersion(field: string, wanted: bigint, found: bigint): void {
  if (found >= wanted) return;
  const description = `is ${wanted}, but the dataset is at version ${found}; no such version was acknowledged`;
  throw new ErrInvalidArgument([{ field, description }]);
}
