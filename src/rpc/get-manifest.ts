import {
  type GetManifestRequestSchema,
  GetManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { ErrManifestTooLarge } from '../catalog/errors.ts';
import { Answer } from './answer.ts';
import type { Handler } from './context.ts';
import { readOptionsOf } from './read-options.ts';
import { encodedView, isTooLarge, viewOf } from './view.ts';

const MANIFEST = GetManifestResponseSchema.field.manifest;

/** Handles CatalogService.GetManifest. */
export const getManifest: Handler<
  typeof GetManifestRequestSchema,
  typeof GetManifestResponseSchema
> = async (registry, { name, view, consistency, minVersion, showDeleted }, { caller }) => {
  const shown = viewOf(view);
  const options = readOptionsOf(consistency, 'min_version', minVersion, showDeleted);
  const entry = await registry.get(name, caller, options);
  if (shown === 'full' && isTooLarge(entry)) {
    throw new ErrManifestTooLarge(name, entry.objectCount);
  }
  const values = [encodedView(entry, shown)];
  return new Answer(GetManifestResponseSchema, undefined, { field: MANIFEST, values });
};
