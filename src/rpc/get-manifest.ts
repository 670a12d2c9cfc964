import type {
  GetManifestRequestSchema,
  GetManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { ErrManifestTooLarge } from '../catalog/errors.ts';
import type { Handler } from './context.ts';
import { freshnessOf } from './freshness.ts';
import { encodedView, isBasic, isTooLarge, manifestMessage } from './view.ts';

/** Handles CatalogService.GetManifest. */
export const getManifest: Handler<
  typeof GetManifestRequestSchema,
  typeof GetManifestResponseSchema
> = async (registry, { name, view, consistency, minVersion }, { caller }) => {
  const basic = isBasic(view);
  const freshness = freshnessOf(consistency, 'min_version', minVersion);
  const entry = await registry.get(name, caller, freshness);
  if (!basic && isTooLarge(entry)) throw new ErrManifestTooLarge(name, entry.objectCount);
  return { manifest: manifestMessage(encodedView(entry, basic)) };
};
