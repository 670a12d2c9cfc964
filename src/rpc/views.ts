import { createHash } from 'node:crypto';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import {
  DataObjectSchema,
  type FormerFingerprint as FormerFingerprintMessage,
  file_catalogd_v1_catalog,
  type Manifest as ManifestMessage,
  ManifestSchema,
} from '../../gen/catalogd/v1/catalog_pb.ts';
import { file_catalogd_v1_schema, SchemaSchema } from '../../gen/catalogd/v1/schema_pb.ts';
import type { ViewCodec, Views } from '../catalog/entry.ts';
import type { DataObject, FormerFingerprint, Manifest, Micros } from '../manifest/manifest.ts';
import { dataObject } from './data-object.ts';
import { schemaMessage, schemaText } from './schema-message.ts';
import { microsFromTimestamp, timestampFromMicros } from './timestamp.ts';

/** Raised whenever the code below encodes a manifest into other bytes than before. */
const VIEWS = 1;

/** A hash of the messages that the views are made of: whatever is added to them makes other views. */
function contractHash(): string {
  const hash = createHash('sha256');
  for (const { proto } of [file_catalogd_v1_catalog, file_catalogd_v1_schema]) {
    hash.update(toBinary(FileDescriptorProtoSchema, proto));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Encodes manifests as `catalogd.v1.Manifest`, the form in which the index keeps them. */
export const protobufViews: ViewCodec = {
  get format() {
    return `${VIEWS} of ${contractHash()}`;
  },

  encode(manifest, etag, deletedAt) {
    const head = headOf(manifest, etag, deletedAt);
    const { objects, schema: text } = manifest;
    const schema = text === undefined ? {} : { schema: schemaMessage(text) };
    const omitted = { objectsOmitted: objects.length > 0, schemaOmitted: text !== undefined };
    // Encodings one after another are one encoding of all their fields (protobuf.dev, "Last One Wins").
    const [first, second, last] = [omitted, head, schema].map((fields) =>
      toBinary(ManifestSchema, create(ManifestSchema, fields)),
    ) as [Uint8Array, Uint8Array, Uint8Array];
    const bytes = Buffer.concat([first, second, encodeObjects(objects), last]);
    return { bytes, fullFrom: first.length, basicTo: first.length + second.length };
  },

  decode({ full }) {
    const message = fromBinary(ManifestSchema, full);
    const { datasetId, name, schemaFingerprint, rowCount, version } = message;
    return {
      datasetId,
      name,
      schemaFingerprint,
      objects: message.objects.map(dataObject),
      createdAt: microsFromTimestamp(message.createdAt),
      updatedAt: microsFromTimestamp(message.updatedAt),
      ...(rowCount !== undefined && { rowCount }),
      version,
      ...keptBy(message),
    };
  },

  head(views) {
    const basic = fromBinary(ManifestSchema, views.basic);
    return keptBy(basic.schemaOmitted ? schemaView(views) : basic);
  },

  labels({ basic }) {
    return new Map(Object.entries(fromBinary(ManifestSchema, basic).labels));
  },

  objects: ({ full }, from) => fieldsOf(full, ManifestSchema.field.objects.number, from),
};

const OBJECTS = ManifestSchema.field.objects.number;
const OBJECT = DataObjectSchema.field;

/**
 * Encodes the objects as fields of a manifest. By hand, for there may be 100,000 of them, and making a
 * message of each takes as long as encoding it.
 */
function encodeObjects(objects: readonly DataObject[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { key, sizeBytes, etag, rowCount } of objects) {
    writer.tag(OBJECTS, WireType.LengthDelimited).fork();
    writer.tag(OBJECT.key.number, WireType.LengthDelimited).string(key);
    if (sizeBytes !== 0n) writer.tag(OBJECT.sizeBytes.number, WireType.Varint).int64(sizeBytes);
    if (etag !== undefined) writer.tag(OBJECT.etag.number, WireType.LengthDelimited).string(etag);
    if (rowCount !== undefined) writer.tag(OBJECT.rowCount.number, WireType.Varint).int64(rowCount);
    writer.join();
  }
  return writer.finish();
}

/** Everything but the objects, which are skipped rather than decoded. */
export function schemaView({ full, basic }: Views): ManifestMessage {
  const { number } = ManifestSchema.field.schema;
  const [schema] = fieldsOf(full, number, 0);
  const message = fromBinary(ManifestSchema, basic);
  if (schema === undefined) return message;
  return { ...message, schema: fromBinary(SchemaSchema, schema), schemaOmitted: false };
}

function keptBy({ labels, schema, formerFingerprints }: ManifestMessage) {
  return {
    labels: new Map(Object.entries(labels)),
    ...(schema && { schema: schemaText(schema) }),
    ...(formerFingerprints.length > 0 && { formerFingerprints: formerFingerprints.map(former) }),
  };
}

function former(message: FormerFingerprintMessage): FormerFingerprint {
  const { schemaFingerprint, replacedInVersion, replacedAt } = message;
  return { schemaFingerprint, replacedInVersion, replacedAt: microsFromTimestamp(replacedAt) };
}

function headOf(manifest: Manifest, etag: string, deletedAt: Micros | undefined) {
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
    ...(deletedAt !== undefined && { deletedAt: timestampFromMicros(deletedAt) }),
    formerFingerprints: (manifest.formerFingerprints ?? []).map((each) => ({
      ...each,
      replacedAt: timestampFromMicros(each.replacedAt),
    })),
    objectCount: BigInt(manifest.objects.length),
    totalSizeBytes: manifest.objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n),
  };
}

/** Walks over the encoded fields and takes out those of one number: far cheaper than decoding all. */
function* fieldsOf(encoded: Uint8Array, number: number, from: number): Generator<Uint8Array> {
  const reader = new BinaryReader(encoded);
  for (let at = 0; reader.pos < reader.len; ) {
    const [field, wireType] = reader.tag();
    if (field !== number || wireType !== WireType.LengthDelimited) reader.skip(wireType, field);
    else if (at++ < from) reader.skip(wireType, field);
    else yield reader.bytes();
  }
}
