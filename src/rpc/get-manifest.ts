import type {
  GetManifestRequestSchema,
  GetManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { ErrManifestTooLarge } from '../catalog/errors.ts';
import type { Handler } from './context.ts';
import { readOptionsOf } from './read-options.ts';
import { encodedView, isTooLarge, manifestMessage, viewOf } from './view.ts';

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
  return { manifest: manifestMessage(encodedView(entry, shown)) };
};
