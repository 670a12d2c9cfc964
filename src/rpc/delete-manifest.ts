import {
  type DeleteManifestRequestSchema,
  DeleteManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { Answer } from './answer.ts';
import type { Handler } from './context.ts';
import { shownManifest } from './view.ts';

const MANIFEST = DeleteManifestResponseSchema.field.manifest;

/** Handles CatalogService.DeleteManifest. */
export const deleteManifest: Handler<
  typeof DeleteManifestRequestSchema,
  typeof DeleteManifestResponseSchema
> = async (registry, { name, allowMissing, expectedEtag, requestId, validateOnly }, { caller }) => {
  const call = { name, allowMissing, expectedEtag, requestId, validateOnly };
  const { entry, replayed, version } = await registry.delete(call, caller);
  const values = shownManifest(entry, 'basic');
  return new Answer(
    DeleteManifestResponseSchema,
    { replayed, version },
    { field: MANIFEST, values },
  );
};
