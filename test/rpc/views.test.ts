import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { DataObjectSchema, ManifestSchema } from '../../gen/catalogd/v1/catalog_pb.ts';
import { viewsOf } from '../../src/catalog/entry.ts';
import { dataObject } from '../../src/rpc/data-object.ts';
import { timestampFromMicros } from '../../src/rpc/timestamp.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import { writableFile } from '../manifest/arbitrary.ts';
import fc from '../support/fast-check.ts';

describe('protobufViews', () => {
  it('gives back the labels and, from any place on, the objects of what it encoded', () => {
    fc.assert(
      fc.property(writableFile, fc.nat(5), ({ manifest }, from) => {
        const views = viewsOf(protobufViews.encode(manifest, 'etag'));
        expect(protobufViews.labels(views)).toEqual(new Map([...manifest.labels].sort()));
        const objects = [...protobufViews.objects(views, from)].map((bytes) =>
          fromBinary(DataObjectSchema, bytes),
        );
        expect(objects).toEqual(fromBinary(ManifestSchema, views.full).objects.slice(from));
        expect(objects.map(({ key }) => key)).toEqual(
          manifest.objects.slice(from).map(({ key }) => key),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('encodes objects to the bytes that protobuf-es makes of their messages', () => {
    fc.assert(
      fc.property(writableFile, ({ manifest }) => {
        const views = viewsOf(protobufViews.encode(manifest, 'etag'));
        expect([...protobufViews.objects(views, 0)].map((bytes) => Buffer.from(bytes))).toEqual(
          manifest.objects.map((object) =>
            Buffer.from(toBinary(DataObjectSchema, create(DataObjectSchema, dataObject(object)))),
          ),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('says in BASIC whether objects were left out', () => {
    fc.assert(
      fc.property(writableFile, ({ manifest }) => {
        const { full, basic } = viewsOf(protobufViews.encode(manifest, 'etag'));
        const [all, few] = [fromBinary(ManifestSchema, full), fromBinary(ManifestSchema, basic)];
        expect(few).toEqual({
          ...all,
          objects: [],
          objectsOmitted: manifest.objects.length > 0,
        });
        expect(all.objectsOmitted).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});

describe('timestampFromMicros', () => {
  it.each([
    [0n, 0n, 0],
    [1n, 0n, 1_000],
    [1_700_000_000_123_456n, 1_700_000_000n, 123_456_000],
    [-1n, -1n, 999_999_000],
  ])('%i is exact', (micros, seconds, nanos) => {
    const timestamp = timestampFromMicros(micros);
    expect([timestamp.seconds, timestamp.nanos]).toEqual([seconds, nanos]);
  });
});
