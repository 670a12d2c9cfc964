import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ManifestSchema } from '../../gen/catalogd/v1/catalog_pb.ts';
import type { ViewCodec, Views } from '../catalog/entry.ts';
import type { DataObject, Manifest } from '../manifest/manifest.ts';
import { timestampFromMicros } from './timestamp.ts';

/** Encodes manifests as `catalogd.v1.Manifest`, the form in which the index keeps them. */
export const protobufViews: ViewCodec = {
  encode(manifest, etag) {
    const head = headOf(manifest, etag);
    const objects = manifest.objects.map(objectMessage);
    return {
      full: toBinary(ManifestSchema, create(ManifestSchema, { ...head, objects })),
      basic: toBinary(
        ManifestSchema,
        create(ManifestSchema, { ...head, objectsOmitted: objects.length > 0 }),
      ),
    };
  },

  labels({ basic }) {
    return new Map(Object.entries(fromBinary(ManifestSchema, basic).labels));
  },

  objects: (views, from) => encodedObjects(views, from),
};

function headOf(manifest: Manifest, etag: string) {
  const { datasetId, name, schemaFingerprint, createdAt, updatedAt, rowCount, version } = manifest;
  return {
    datasetId,
    name,
    schemaFingerprint,
    createdAt: timestampFromMicros(createdAt),
    updatedAt: timestampFromMicros(updatedAt),
    ...(rowCount === undefined ? {} : { rowCount }),
    version,
    etag,
    labels: Object.fromEntries(manifest.labels),
    objectCount: BigInt(manifest.objects.length),
    totalSizeBytes: manifest.objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n),
  };
}

function objectMessage({ key, sizeBytes, etag, rowCount }: DataObject) {
  return {
    key,
    sizeBytes,
    ...(etag === undefined ? {} : { etag }),
    ...(rowCount === undefined ? {} : { rowCount }),
  };
}

/** Walks over the encoded fields and takes out the objects: far cheaper than decoding them. */
function* encodedObjects({ full }: Views, from: number): Generator<Uint8Array> {
  const { number } = ManifestSchema.field.objects;
  const reader = new BinaryReader(full);
  for (let at = 0; reader.pos < reader.len; ) {
    const [field, wireType] = reader.tag();
    if (field !== number || wireType !== WireType.LengthDelimited) reader.skip(wireType, field);
    else if (at++ < from) reader.skip(wireType, field);
    else yield reader.bytes();
  }
}
