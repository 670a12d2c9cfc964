import { Consistency } from '../../gen/catalogd/v1/catalog_pb.ts';
import { ErrInvalidArgument } from '../catalog/errors.ts';
import type { Freshness } from '../catalog/freshness.ts';

/**
 * How fresh a request wants its answer. The zero value means WEAK.
 *
 * @param field how the request names the field of the version.
 * @throws {ErrInvalidArgument} for a consistency that is not known here, or a negative version.
 */
export function freshnessOf(
  consistency: Consistency,
  field: string,
  minVersion: bigint,
): Freshness {
  if (minVersion < 0n) {
    const description = `must be 0 (for any) or more, not ${minVersion}`;
    throw new ErrInvalidArgument([{ field, description }]);
  }
  switch (consistency) {
    case Consistency.STRONG:
      return { strong: true, minVersion };
    case Consistency.WEAK:
    case Consistency.UNSPECIFIED:
      return { strong: false, minVersion };
    default:
      throw new ErrInvalidArgument([
        { field: 'consistency', description: `must be WEAK (1) or STRONG (2), not ${consistency}` },
      ]);
  }
}
