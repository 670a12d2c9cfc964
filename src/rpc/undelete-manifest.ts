import {
  type UndeleteManifestRequestSchema,
  UndeleteManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { Answer } from './answer.ts';
import type { Handler } from './context.ts';
import { shownManifest } from './view.ts';

const MANIFEST = UndeleteManifestResponseSchema.field.manifest;

/** Handles CatalogService.UndeleteManifest. */
export const undeleteManifest: Handler<
  typeof UndeleteManifestRequestSchema,
  typeof UndeleteManifestResponseSchema
> = async (registry, { name, expectedEtag, requestId, validateOnly }, { caller }) => {
  const call = { name, expectedEtag, requestId, validateOnly };
  const { entry, replayed, version } = await registry.undelete(call, caller);
  const values = shownManifest(entry, 'basic');
  return new Answer(
    UndeleteManifestResponseSchema,
    { replayed, version },
    { field: MANIFEST, values },
  );
};
