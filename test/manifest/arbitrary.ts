import {
  type DataObject,
  MAX_RECENT_WRITES,
  type ManifestFile,
  type RecentWrite,
} from '../../src/manifest/manifest.ts';
import fc from '../support/fast-check.ts';
import { INT64_MAX, INT64_MIN } from './samples.ts';

/** Any well-formed text, byte order marks and control characters among it. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', '\uFEFF', '\uFEFFa', '\0', '__proto__'),
  // What a reader looks for to find the seal, as content.
  fc.constant(`\x18\x0fcatalogd.sha256\x18@${'0'.repeat(64)}`),
);
const filled = text.filter((value) => value !== '');
const count = fc.oneof(
  fc.constantFrom(0n, 1n, 2n ** 53n, 2n ** 53n + 1n, INT64_MAX),
  fc.bigInt({ min: 0n, max: INT64_MAX }),
);
const micros = fc.oneof(
  fc.constantFrom(INT64_MIN, -1n, 0n, 1n, INT64_MAX),
  fc.bigInt({ min: INT64_MIN, max: INT64_MAX }),
);

/** The fields that are always there, and each of the optional ones with or without a value. */
function record<T, O>(required: Arbitraries<T>, optional: Arbitraries<O>) {
  return fc.record({ ...required, ...optional } as Arbitraries<T & O>, {
    requiredKeys: Object.keys(required) as (keyof (T & O))[],
    noNullPrototype: true,
  }) as fc.Arbitrary<T & Partial<O>>;
}
type Arbitraries<T> = { [K in keyof T]: fc.Arbitrary<T[K]> };

const dataObject: fc.Arbitrary<DataObject> = record(
  { key: filled, sizeBytes: count },
  { etag: text, rowCount: count },
);

/** Entries of ascending versions that end in `last`. */
function recentWrites(last: bigint): fc.Arbitrary<RecentWrite[]> {
  const most = last < BigInt(MAX_RECENT_WRITES) ? Number(last) : MAX_RECENT_WRITES;
  const write = record(
    { writeId: filled, requestId: text, method: text, existing: fc.boolean(), callHash: text },
    {},
  );
  return fc
    .oneof(fc.constant(most), fc.integer({ min: 1, max: most }))
    .chain((length) => fc.array(write, { minLength: length, maxLength: length }))
    .map((writes) =>
      writes.map((entry, i) => ({ ...entry, version: last - BigInt(writes.length - 1 - i) })),
    );
}

/** Any manifest file that keeps the rules. */
export const manifestFile: fc.Arbitrary<ManifestFile> = fc
  .bigInt({ min: 1n, max: INT64_MAX })
  .chain((version) =>
    record(
      {
        manifest: record(
          {
            datasetId: filled,
            name: filled,
            schemaFingerprint: filled,
            objects: fc.uniqueArray(dataObject, { selector: ({ key }) => key, maxLength: 20 }),
            createdAt: micros,
            updatedAt: micros,
            version: fc.constant(version),
            labels: fc
              .uniqueArray(fc.tuple(filled, text), { selector: ([key]) => key, maxLength: 6 })
              .map((entries) => new Map(entries)),
          },
          { rowCount: count },
        ),
        writeId: filled,
        recentWrites: recentWrites(version),
      },
      { deletedAt: micros },
    ),
  );

/** Files as the registry writes them: it refuses objects whose sizes do not add up to an int64. */
export const writableFile = manifestFile.filter(
  ({ manifest }) =>
    manifest.objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n) <= INT64_MAX,
);
