import type { DataObject, ManifestFile, RecentWrite } from '../../src/manifest/manifest.ts';

export const INT64_MAX = 2n ** 63n - 1n;
export const INT64_MIN = -(2n ** 63n);

/** An ordinary manifest file; `overrides` go to the manifest, `rest` to what surrounds it. */
export function sample(
  overrides: Partial<ManifestFile['manifest']> = {},
  rest: Partial<Omit<ManifestFile, 'manifest'>> = {},
): ManifestFile {
  const version = overrides.version ?? 1n;
  return {
    manifest: {
      datasetId: '1b9d6bcd-bbfd-5b2d-9b5d-ab8dfbbd4bed',
      name: 'sales/orders',
      schemaFingerprint: 'sha256:0d1c',
      objects: [{ key: 's3://lake/orders/part-0.parquet', sizeBytes: 1_048_576n }],
      createdAt: 1_790_000_000_123_456n,
      updatedAt: 1_790_000_000_123_457n,
      version,
      labels: new Map(),
      ...overrides,
    },
    writeId: `write-${version}`,
    recentWrites: [recentWrite(version)],
    ...rest,
  };
}

export function recentWrite(version: bigint, overrides: Partial<RecentWrite> = {}): RecentWrite {
  return {
    version,
    writeId: `write-${version}`,
    requestId: '',
    method: 'RegisterManifest',
    existing: version > 1n,
    callHash: '',
    ...overrides,
  };
}

/** The contents of the golden files of format 1, by path below their folder. */
export const GOLDEN: Readonly<Record<string, ManifestFile>> = {
  minimal: sample({ objects: [], name: 'a', schemaFingerprint: 'f' }),
  'sales/orders': sample(
    {
      objects: Array.from({ length: 10 }, (_, i) => orderPart(i)),
      rowCount: 123_456n,
      version: 3n,
      labels: new Map([
        ['owner', 'sales'],
        ['tier', 'gold'],
      ]),
    },
    {
      recentWrites: [1n, 2n, 3n].map((v) =>
        recentWrite(v, { requestId: `req-${v}`, callHash: 'c0ffee' }),
      ),
    },
  ),
  'unset-and-zero': sample({
    rowCount: 0n,
    objects: [
      { key: 'unset', sizeBytes: 0n },
      { key: 'zero', sizeBytes: 0n, etag: '', rowCount: 0n },
      { key: 'mixed', sizeBytes: 1n, rowCount: 1n },
    ],
  }),
  unicode: sample({
    name: 'ünï/数据/🦆',
    schemaFingerprint: '\uFEFFbom first',
    objects: [
      { key: '\uFEFFbom', sizeBytes: 1n, etag: '\uFEFF' },
      { key: 'ends in BOM \uFEFF', sizeBytes: 2n },
      { key: '\u0001\u0085\u2028\uFFFD\uFFFF\u{10FFFF}', sizeBytes: 3n, etag: '"quoted\\"' },
      { key: 'e\u0301', sizeBytes: 4n },
      { key: '\u00e9', sizeBytes: 5n },
    ],
    labels: new Map([['größe', '\uFEFFgroß 🦆']]),
  }),
  int64: sample({
    objects: [
      { key: 'beyond double', sizeBytes: 2n ** 53n + 1n, rowCount: 2n ** 53n + 1n },
      { key: 'largest', sizeBytes: INT64_MAX, rowCount: INT64_MAX },
    ],
    rowCount: INT64_MAX,
    version: INT64_MAX,
    createdAt: -62_135_596_800_000_000n,
    updatedAt: 253_402_300_799_999_999n,
  }),
  'many-writes': sample(
    { version: 1_000n },
    {
      recentWrites: Array.from({ length: 64 }, (_, i) =>
        recentWrite(937n + BigInt(i), {
          writeId: `w${i}`,
          requestId: i % 3 === 0 ? '' : `r${i}`,
          method: i % 2 === 0 ? 'RegisterManifest' : 'DeleteManifest',
          existing: i % 5 !== 0,
        }),
      ),
    },
  ),
  'odd-labels': sample({
    labels: new Map([
      ['10', 'ten'],
      ['9', 'nine'],
      ['__proto__', 'polluted'],
      ['constructor', ''],
      ['key_value', 'v'],
    ]),
  }),
  tombstone: sample({ version: 2n, rowCount: 7n }, { deletedAt: 1_790_000_001_000_001n }),
  'purged-tombstone': sample(
    { version: 2n, schemaFingerprint: '', objects: [] },
    { deletedAt: 1_790_000_001_000_001n, writeId: 'purge' },
  ),
  'many-objects': sample({
    objects: Array.from({ length: 500 }, (_, i) => orderPart(i)),
    version: 5n,
  }),
};

/** The contents of the golden files of format 2. */
export const GOLDEN_2: Readonly<Record<string, ManifestFile>> = {
  'with-schema': sample({
    name: 'evolving/with-schema',
    schema:
      '[["id","REQUIRED","INT64",null,null],["größe \\"🦆\\"","OPTIONAL","BYTE_ARRAY",null,["STRING"]]]',
  }),
  evolved: sample(
    {
      name: 'evolving/evolved',
      version: 9n,
      formerFingerprints: [
        {
          schemaFingerprint: 'sha256:00',
          replacedInVersion: 2n,
          replacedAt: 1_790_000_000_000_001n,
        },
        {
          schemaFingerprint: '\uFEFFodd',
          replacedInVersion: 9n,
          replacedAt: 1_790_000_000_123_457n,
        },
      ],
      labels: new Map([['owner', 'sales']]),
    },
    { recentWrites: [recentWrite(8n), recentWrite(9n, { method: 'EvolveSchema' })] },
  ),
  'evolved-tombstone': sample(
    {
      name: 'evolving/deleted',
      version: 3n,
      rowCount: 7n,
      schema: '[["id","REQUIRED","INT64",null,null]]',
      formerFingerprints: [
        { schemaFingerprint: 'f', replacedInVersion: 2n, replacedAt: 1_790_000_000_000_001n },
      ],
    },
    { deletedAt: 1_790_000_001_000_001n },
  ),
};

function orderPart(i: number): DataObject {
  const key = `s3://lake/orders/day=${i % 31}/part-${i}.parquet`;
  return i % 3 === 0
    ? { key, sizeBytes: BigInt(i) * 7_919n }
    : { key, sizeBytes: BigInt(i) * 7_919n, etag: `"etag-${i}"`, rowCount: BigInt(i * 10) };
}
