import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ManifestFilterSchema } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { readLabels } from './labels.ts';
import { readTime } from './time.ts';

/** The flags that select datasets, as commander hands them over. */
export interface FilterFlags extends Record<string, unknown> {
  readonly label?: readonly string[];
  readonly labelKey?: readonly string[];
  readonly updatedSince?: string;
  readonly updatedBefore?: string;
}

/**
 * The filter which those flags mean; nothing where there is none.
 *
 * @throws {UsageError} if one of them has no such value.
 */
export function readFilter(flags: FilterFlags): {
  readonly filter?: MessageInitShape<typeof ManifestFilterSchema>;
} {
  const { label = [], labelKey = [], updatedSince: since, updatedBefore: before } = flags;
  const isAny = [...label, ...labelKey, since, before].some((each) => each !== undefined);
  if (!isAny) return {};
  return {
    filter: {
      labels: readLabels(label),
      labelKeys: [...labelKey],
      ...(since !== undefined && { updatedSince: readTime('--updated-since', since) }),
      ...(before !== undefined && { updatedBefore: readTime('--updated-before', before) }),
    },
  };
}
