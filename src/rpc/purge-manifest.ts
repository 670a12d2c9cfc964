import {
  type PurgeManifestRequestSchema,
  PurgeManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { Answer } from './answer.ts';
import type { Handler } from './context.ts';

/** Handles CatalogService.PurgeManifest. */
export const purgeManifest: Handler<
  typeof PurgeManifestRequestSchema,
  typeof PurgeManifestResponseSchema
> = async (registry, { name, allowMissing, expectedEtag, requestId, validateOnly }, { caller }) => {
  const call = { name, allowMissing, expectedEtag, requestId, validateOnly };
  const { replayed, version } = await registry.purge(call, caller);
  return new Answer(PurgeManifestResponseSchema, { replayed, version });
};
