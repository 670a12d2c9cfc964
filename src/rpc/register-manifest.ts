import type { DataObject as DataObjectMessage } from '../../gen/catalogd/v1/catalog_pb.ts';
import type {
  RegisterManifestRequestSchema,
  RegisterManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { DataObject } from '../manifest/manifest.ts';
import type { Handler } from './context.ts';
import { encodedView, manifestMessage } from './view.ts';

/** Handles CatalogService.RegisterManifest. */
export const registerManifest: Handler<
  typeof RegisterManifestRequestSchema,
  typeof RegisterManifestResponseSchema
> = async (registry, request, { caller }) => {
  const { name, schemaFingerprint, rowCount, expectedEtag, requestId, validateOnly } = request;
  const result = await registry.register(
    {
      name,
      schemaFingerprint,
      objects: request.objects.map(dataObject),
      rowCount,
      labels: request.labels && new Map(Object.entries(request.labels.entries)),
      expectedEtag,
      requestId,
      validateOnly,
    },
    caller,
  );
  const { entry, existing, replayed, version } = result;
  return {
    ...(entry === undefined ? {} : { manifest: manifestMessage(encodedView(entry, false)) }),
    existing,
    replayed,
    version,
  };
};

function dataObject({ key, sizeBytes, etag, rowCount }: DataObjectMessage): DataObject {
  return {
    key,
    sizeBytes,
    ...(etag === undefined ? {} : { etag }),
    ...(rowCount === undefined ? {} : { rowCount }),
  };
}
