import type { ManifestFilter } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { Entry, ViewCodec } from '../catalog/entry.ts';
import { checkLabelFilter } from '../catalog/validate.ts';
import { microsFromTimestamp } from './timestamp.ts';

/** A filter, ready to be applied. */
export interface ListFilter {
  /** The filter in one form for one meaning: binds a page token to it. */
  readonly canonical: unknown;
  /** Whether a manifest fits. */
  fits(entry: Entry): boolean;
}

/**
 * What the filter of a request means.
 *
 * @returns `undefined` where there is none.
 * @throws {ErrInvalidArgument} for labels against the rules.
 */
export function listFilter(
  message: ManifestFilter | undefined,
  codec: Pick<ViewCodec, 'labels'>,
): ListFilter | undefined {
  if (message === undefined) return undefined;
  const labels = new Map(Object.entries(message.labels));
  const { labelKeys } = message;
  checkLabelFilter(labels, labelKeys);
  const since = message.updatedSince && microsFromTimestamp(message.updatedSince);
  const before = message.updatedBefore && microsFromTimestamp(message.updatedBefore);
  const byLabels = labels.size > 0 || labelKeys.length > 0;
  return {
    canonical: [[...labels].sort(), labelKeys, String(since), String(before)],
    fits(entry) {
      if (since !== undefined && entry.updatedAt < since) return false;
      if (before !== undefined && entry.updatedAt >= before) return false;
      if (!byLabels) return true;
      // The costly part last: labels are decoded for it.
      const has = codec.labels(entry);
      return (
        labelKeys.every((key) => has.has(key)) &&
        [...labels].every(([key, value]) => has.get(key) === value)
      );
    },
  };
}
