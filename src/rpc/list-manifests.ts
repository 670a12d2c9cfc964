import {
  type ListManifestsRequestSchema,
  ListManifestsResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { Entry } from '../catalog/entry.ts';
import { ErrBadPageToken, ErrInvalidArgument } from '../catalog/errors.ts';
import { MAX_NAME_BYTES } from '../catalog/name.ts';
import { Page } from '../catalog/page.ts';
import { makePageToken, readPageToken } from '../catalog/page-token.ts';
import { compareUtf8, textProblem } from '../catalog/text.ts';
import { Answer } from './answer.ts';
import type { Handler } from './context.ts';
import { type ListFilter, listFilter } from './list-filter.ts';
import { encodedView, type View, viewOf } from './view.ts';
import { protobufViews } from './views.ts';

const MANIFESTS = ListManifestsResponseSchema.field.manifests;

/** Unreadable names on one page: what is left below 4 MiB beside the manifests is for them. */
const MAX_UNREADABLE = 100;
/** Entries which one call looks at: with a filter, few of them may fit. */
const MAX_EXAMINED = 2_000;

/** Handles CatalogService.ListManifests. */
export const listManifests: Handler<
  typeof ListManifestsRequestSchema,
  typeof ListManifestsResponseSchema
> = async (registry, request, { caller }) => {
  const { pageSize, pageToken, prefix, showDeleted } = request;
  const view = viewOf(request.view);
  const filter = listFilter(request.filter, protobufViews);
  const description = textProblem(prefix, 0, MAX_NAME_BYTES);
  if (description !== undefined) throw new ErrInvalidArgument([{ field: 'prefix', description }]);
  const args = [
    'ListManifests',
    prefix,
    view === 'basic',
    ...(view === 'schema' || showDeleted || filter ? [view, showDeleted, filter?.canonical] : []),
    // Where other names exist for the caller, another listing is being paged through.
    ...(caller.reads.isAll ? [] : [{ reads: caller.reads.key }]),
  ];
  const after = lastName(readPageToken(pageToken, args));
  const entries = await registry.scan(prefix, after, caller, showDeleted);
  const unreadable = registry.unreadableNames(prefix, after, caller);
  const page = new Page(pageSize);
  const last = fill(page, entries, view, filter, lastOf(unreadable));
  return new Answer(
    ListManifestsResponseSchema,
    {
      nextPageToken: last === undefined ? '' : makePageToken(args, [last]),
      unreadableNames: unreadable.filter(
        (name) => last === undefined || compareUtf8(name, last) <= 0,
      ),
    },
    { field: MANIFESTS, values: page.items },
  );
};

/**
 * Fills a page with the entries that fit, encoded as they are wanted.
 *
 * @param until the name with which the page ends in any case.
 * @returns the name behind which the next page begins, if there may be one.
 */
function fill(
  page: Page,
  entries: Iterable<Entry>,
  view: View,
  filter: ListFilter | undefined,
  until: string | undefined,
): string | undefined {
  let last: string | undefined;
  let examined = 0;
  for (const entry of entries) {
    const { name } = entry;
    if (until !== undefined && compareUtf8(name, until) > 0) return until;
    if (filter?.fits(entry) ?? true) {
      if (!page.add(encodedView(entry, view))) return last;
      last = name;
    }
    if (++examined === MAX_EXAMINED && filter !== undefined) return name;
  }
  return until;
}

/** The last of the unreadable names that fit on the page, if not all do. */
function lastOf(unreadable: readonly string[]): string | undefined {
  return unreadable.length > MAX_UNREADABLE ? unreadable[MAX_UNREADABLE - 1] : undefined;
}

function lastName(cursor: readonly unknown[] | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const [name] = cursor;
  if (typeof name !== 'string') throw new ErrBadPageToken('is damaged; start again without one');
  return name;
}
