import {
  type RegisterManifestRequestSchema,
  RegisterManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { checkNamed } from '../catalog/validate.ts';
import { Answer } from './answer.ts';
import type { Handler } from './context.ts';
import { dataObject } from './data-object.ts';
import { schemaText } from './schema-message.ts';
import { shownManifest } from './view.ts';

const MANIFEST = RegisterManifestResponseSchema.field.manifest;

/** Handles CatalogService.RegisterManifest. */
export const registerManifest: Handler<
  typeof RegisterManifestRequestSchema,
  typeof RegisterManifestResponseSchema
> = async (registry, request, { caller }) => {
  const { name, schemaFingerprint, rowCount, expectedEtag, requestId, validateOnly } = request;
  // Before the schema is looked at.
  checkNamed(name, 'schema_fingerprint', schemaFingerprint);
  const result = await registry.register(
    {
      name,
      schemaFingerprint,
      objects: request.objects.map(dataObject),
      rowCount,
      schema: request.schema && schemaText(request.schema),
      labels: request.labels && new Map(Object.entries(request.labels.entries)),
      expectedEtag,
      requestId,
      validateOnly,
    },
    caller,
  );
  const { entry, existing, replayed, version } = result;
  return new Answer(
    RegisterManifestResponseSchema,
    { existing, replayed, version },
    { field: MANIFEST, values: shownManifest(entry, 'full') },
  );
};
