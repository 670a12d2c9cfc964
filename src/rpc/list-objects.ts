import {
  type ListObjectsRequestSchema,
  ListObjectsResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { ErrBadPageToken } from '../catalog/errors.ts';
import { Page } from '../catalog/page.ts';
import { makePageToken, readPageToken } from '../catalog/page-token.ts';
import { Answer } from './answer.ts';
import type { Handler } from './context.ts';

const OBJECTS = ListObjectsResponseSchema.field.objects;

/** Handles CatalogService.ListObjects. */
export const listObjects: Handler<
  typeof ListObjectsRequestSchema,
  typeof ListObjectsResponseSchema
> = async (registry, { name, pageSize, pageToken }, { caller }) => {
  const args = ['ListObjects', name];
  const { version: pinned, from } = position(readPageToken(pageToken, args));
  const { version, objects } = await registry.objects(name, pinned, from, caller);
  const page = new Page(pageSize);
  let nextPageToken = '';
  for (const encoded of objects) {
    if (page.add(encoded)) continue;
    nextPageToken = makePageToken(args, [String(version), from + page.items.length]);
    break;
  }
  return new Answer(
    ListObjectsResponseSchema,
    { nextPageToken, version },
    { field: OBJECTS, values: page.items },
  );
};

/** Where a page begins: which version the listing is of, and how many objects came before. */
function position(cursor: readonly unknown[] | undefined): { version?: bigint; from: number } {
  if (cursor === undefined) return { from: 0 };
  const [version, from] = cursor;
  const valid =
    typeof version === 'string' &&
    /^\d{1,19}$/.test(version) &&
    Number.isSafeInteger(from) &&
    (from as number) >= 0;
  if (!valid) throw new ErrBadPageToken('is damaged; start again without one');
  return { version: BigInt(version), from: from as number };
}
