import type { DataObject as DataObjectMessage } from '../../gen/catalogd/v1/catalog_pb.ts';
import type { DataObject } from '../manifest/manifest.ts';

/**
 * A data object without whatever else it bears: of a message it makes the catalog's, and of the
 * catalog's what a message is created from.
 */
export function dataObject({
  key,
  sizeBytes,
  etag,
  rowCount,
}: DataObjectMessage | DataObject): DataObject {
  return {
    key,
    sizeBytes,
    ...(etag === undefined ? {} : { etag }),
    ...(rowCount === undefined ? {} : { rowCount }),
  };
}
