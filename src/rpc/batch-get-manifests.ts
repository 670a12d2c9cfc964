import {
  type BatchGetManifestsRequestSchema,
  BatchGetManifestsResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { Entry } from '../catalog/entry.ts';
import { ErrInvalidArgument, quote } from '../catalog/errors.ts';
import { MAX_ANSWER_BYTES, MAX_BATCH_NAMES } from '../catalog/limits.ts';
import { MAX_NAME_BYTES } from '../catalog/name.ts';
import { Answer } from './answer.ts';
import type { Handler } from './context.ts';
import { readOptionsOf } from './read-options.ts';
import { encodedView, type View, viewOf } from './view.ts';

const MANIFESTS = BatchGetManifestsResponseSchema.field.manifests;

/** Handles CatalogService.BatchGetManifests. */
export const batchGetManifests: Handler<
  typeof BatchGetManifestsRequestSchema,
  typeof BatchGetManifestsResponseSchema
> = async (registry, { names, view, consistency, minVersions }, { caller }) => {
  const shown = viewOf(view);
  if (names.length === 0 || names.length > MAX_BATCH_NAMES) {
    const description = `must be 1 to ${MAX_BATCH_NAMES} names, not ${names.length}`;
    throw new ErrInvalidArgument([{ field: 'names', description }]);
  }
  const wanted = new Map(Object.entries(minVersions));
  for (const name of wanted.keys()) {
    if (names.includes(name)) continue;
    const description = `has the name ${quote(name)}, which is not in names`;
    throw new ErrInvalidArgument([{ field: 'min_versions', description }]);
  }
  const entries = await registry.batchGet(names, caller, (name) =>
    readOptionsOf(consistency, `min_versions[${quote(name)}]`, wanted.get(name) ?? 0n),
  );
  const found = entries.filter((entry) => entry !== undefined);
  const missingNames = names.filter((_, i) => entries[i] === undefined);
  return new Answer(
    BatchGetManifestsResponseSchema,
    { missingNames },
    { field: MANIFESTS, values: fitting(found, shown) },
  );
};

/** The views asked for, as long as all of them fit into one answer; from there on BASIC. */
function fitting(entries: readonly Entry[], wanted: View): Uint8Array[] {
  let room = MAX_ANSWER_BYTES - MAX_BATCH_NAMES * MAX_NAME_BYTES;
  for (const { basic } of entries) room -= basic.length;
  const encoded = new Map<Entry, Uint8Array>();
  return entries.map((entry) => {
    // A name may be asked for again and again, and the view may have to be encoded.
    const view = encoded.get(entry) ?? encodedView(entry, wanted);
    encoded.set(entry, view);
    const more = view.length - entry.basic.length;
    if (more > room) return entry.basic;
    room -= more;
    return view;
  });
}
