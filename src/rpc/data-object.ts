import type { DataObject as DataObjectMessage } from '../../gen/catalogd/v1/catalog_pb.ts';
import type { DataObject } from '../manifest/manifest.ts';

/** The catalog's data object of a message. */
export function dataObject({ key, sizeBytes, etag, rowCount }: DataObjectMessage): DataObject {
  return {
    key,
    sizeBytes,
    ...(etag === undefined ? {} : { etag }),
    ...(rowCount === undefined ? {} : { rowCount }),
  };
}

/** The message of a data object, to be created. */
export function objectMessage({ key, sizeBytes, etag, rowCount }: DataObject) {
  return {
    key,
    sizeBytes,
    ...(etag === undefined ? {} : { etag }),
    ...(rowCount === undefined ? {} : { rowCount }),
  };
}
