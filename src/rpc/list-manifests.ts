import type {
  ListManifestsRequestSchema,
  ListManifestsResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { Entry } from '../catalog/entry.ts';
import { ErrBadPageToken, ErrInvalidArgument } from '../catalog/errors.ts';
import { MAX_NAME_BYTES } from '../catalog/name.ts';
import { cutPage } from '../catalog/page.ts';
import { makePageToken, readPageToken } from '../catalog/page-token.ts';
import { textProblem } from '../catalog/text.ts';
import type { Handler } from './context.ts';
import { encodedView, isBasic, manifestMessage } from './view.ts';

/** Handles CatalogService.ListManifests. */
export const listManifests: Handler<
  typeof ListManifestsRequestSchema,
  typeof ListManifestsResponseSchema
> = async (registry, { pageSize, pageToken, prefix, view }, { caller }) => {
  const basic = isBasic(view);
  const description = textProblem(prefix, 0, MAX_NAME_BYTES);
  if (description !== undefined) throw new ErrInvalidArgument([{ field: 'prefix', description }]);
  const args = ['ListManifests', prefix, basic];
  const after = lastName(readPageToken(pageToken, args));
  const page = cutPage(
    encodedViews(await registry.scan(prefix, after, caller), basic),
    pageSize,
    ({ encoded }) => encoded.length,
  );
  const last = page.items.at(-1)?.name;
  return {
    manifests: page.items.map(({ encoded }) => manifestMessage(encoded)),
    nextPageToken: page.more ? makePageToken(args, [last]) : '',
  };
};

function* encodedViews(entries: Iterable<Entry>, basic: boolean) {
  for (const entry of entries) yield { name: entry.name, encoded: encodedView(entry, basic) };
}

function lastName(cursor: readonly unknown[] | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const [name] = cursor;
  if (typeof name !== 'string') throw new ErrBadPageToken('is damaged; start again without one');
  return name;
}
