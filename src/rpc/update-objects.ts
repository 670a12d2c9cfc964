import {
  type UpdateObjectsRequestSchema,
  UpdateObjectsResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { Answer } from './answer.ts';
import type { Handler } from './context.ts';
import { dataObject } from './data-object.ts';
import { shownManifest } from './view.ts';

const MANIFEST = UpdateObjectsResponseSchema.field.manifest;

/** Handles CatalogService.UpdateObjects. */
export const updateObjects: Handler<
  typeof UpdateObjectsRequestSchema,
  typeof UpdateObjectsResponseSchema
> = async (registry, request, { caller }) => {
  const { name, schemaFingerprint, removeKeys, rowCount } = request;
  const { expectedEtag, requestId, validateOnly } = request;
  const putObjects = request.putObjects.map(dataObject);
  const call = { name, schemaFingerprint, putObjects, removeKeys, rowCount };
  const { entry, replayed, version } = await registry.updateObjects(
    { ...call, expectedEtag, requestId, validateOnly },
    caller,
  );
  const values = shownManifest(entry, 'basic');
  return new Answer(
    UpdateObjectsResponseSchema,
    { replayed, version },
    { field: MANIFEST, values },
  );
};
