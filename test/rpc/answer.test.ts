import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { ManifestSchema } from '../../gen/catalogd/v1/catalog_pb.ts';
import {
  GetManifestResponseSchema,
  ListManifestsResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { viewsOf } from '../../src/catalog/entry.ts';
import { Answer } from '../../src/rpc/answer.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import { writableFile } from '../manifest/arbitrary.ts';
import fc from '../support/fast-check.ts';

/** In the order of the fields, which that of the index is not. */
const encoded = writableFile.map(({ manifest }) =>
  toBinary(
    ManifestSchema,
    fromBinary(ManifestSchema, viewsOf(protobufViews.encode(manifest, 'etag')).full),
  ),
);

function bytesOf(answer: Answer<typeof ListManifestsResponseSchema>): Uint8Array {
  const target = new Uint8Array(answer.byteLength + 2).fill(0xee);
  answer.encodeInto(target, 1);
  expect([target[0], target.at(-1)]).toEqual([0xee, 0xee]);
  return target.subarray(1, -1);
}

describe('Answer', () => {
  it('is in bytes what decoding and encoding it again would be', () => {
    const pages = fc.record({
      values: fc.array(encoded, { maxLength: 4 }),
      nextPageToken: fc.string({ maxLength: 200 }),
      unreadableNames: fc.array(fc.string(), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(pages, ({ values, ...rest }) => {
        const field = ListManifestsResponseSchema.field.manifests;
        const answer = new Answer(ListManifestsResponseSchema, rest, { field, values });
        const slow = { ...rest, manifests: values.map((each) => fromBinary(ManifestSchema, each)) };
        expect(answer.message()).toMatchObject(slow);
        const bytes = bytesOf(answer);
        expect(bytes).toEqual(toBinary(ListManifestsResponseSchema, answer.message()));
        expect(fromBinary(ListManifestsResponseSchema, bytes)).toEqual(answer.message());
      }),
      { numRuns: 50 },
    );
  });

  it('counts lengths of every number of bytes', () => {
    for (const size of [0, 1, 126, 127, 128, 129, 16_382, 16_383, 16_384, 2_097_151, 2_097_152]) {
      const value = toBinary(ManifestSchema, manifestOf(size));
      const field = ListManifestsResponseSchema.field.manifests;
      const answer = new Answer(ListManifestsResponseSchema, undefined, { field, values: [value] });
      expect(bytesOf(answer)).toEqual(toBinary(ListManifestsResponseSchema, answer.message()));
    }
  });

  it('makes a new message each time, which reaches nothing of the answer', () => {
    const field = GetManifestResponseSchema.field.manifest;
    const values = [toBinary(ManifestSchema, manifestOf(3))];
    const answer = new Answer(GetManifestResponseSchema, undefined, { field, values });
    const first = answer.message();
    if (first.manifest !== undefined) first.manifest.name = 'changed';
    expect(answer.message().manifest?.name).toBe('nnn');
  });

  it('leaves a field without a value unset', () => {
    const field = GetManifestResponseSchema.field.manifest;
    const answer = new Answer(GetManifestResponseSchema, undefined, { field, values: [] });
    expect(answer.message().manifest).toBeUndefined();
    expect(answer.byteLength).toBe(0);
  });
});

const manifestOf = (nameLength: number) => create(ManifestSchema, { name: 'n'.repeat(nameLength) });
