import { Consistency } from '../../gen/catalogd/v1/catalog_pb.ts';
import { ErrInvalidArgument } from '../catalog/errors.ts';
import type { ReadOptions } from '../catalog/read-options.ts';

/**
 * What a read asks for. The zero value means WEAK.
 *
 * @param field how the request names the field of the version.
 * @throws {ErrInvalidArgument} for a consistency that is not known here, or a negative version.
 */
export function readOptionsOf(
  consistency: Consistency,
  field: string,
  minVersion: bigint,
  showDeleted = false,
): ReadOptions {
  if (minVersion < 0n) {
    const description = `must be 0 (for any) or more, not ${minVersion}`;
    throw new ErrInvalidArgument([{ field, description }]);
  }
  switch (consistency) {
    case Consistency.STRONG:
      return { strong: true, minVersion, showDeleted };
    case Consistency.WEAK:
    case Consistency.UNSPECIFIED:
      return { strong: false, minVersion, showDeleted };
    default:
      throw new ErrInvalidArgument([
        { field: 'consistency', description: `must be WEAK (1) or STRONG (2), not ${consistency}` },
      ]);
  }
}
