import type {
  DeleteManifestRequestSchema,
  DeleteManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { Handler } from './context.ts';
import { shownManifest } from './view.ts';

/** Handles CatalogService.DeleteManifest. */
export const deleteManifest: Handler<
  typeof DeleteManifestRequestSchema,
  typeof DeleteManifestResponseSchema
> = async (registry, { name, allowMissing, expectedEtag, requestId, validateOnly }, { caller }) => {
  const call = { name, allowMissing, expectedEtag, requestId, validateOnly };
  const { entry, replayed, version } = await registry.delete(call, caller);
  return { ...shownManifest(entry, 'basic'), replayed, version };
};
