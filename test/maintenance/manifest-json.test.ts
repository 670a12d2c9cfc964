import { describe, expect, it } from '@jest/globals';
import { completed } from '../../src/maintenance/import-record.ts';
import { formatTime, parseTime } from '../../src/maintenance/json-time.ts';
import { manifestFromJson, manifestToJson } from '../../src/maintenance/manifest-json.ts';
import type { ManifestFile } from '../../src/manifest/manifest.ts';
import { manifestFile } from '../manifest/arbitrary.ts';
import { GOLDEN, sample } from '../manifest/samples.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import fc from '../support/fast-check.ts';

/** About 1,900 years, in microseconds. */
const YEARS = 60_000_000_000_000_000n;

const viaJson = (file: ManifestFile) =>
  completed(manifestFromJson(JSON.parse(JSON.stringify(manifestToJson(file)))), new FakeRuntime());

describe('the JSON of a manifest', () => {
  const evolved = sample(
    {
      version: 3n,
      schema: '{"fields":[]}',
      formerFingerprints: [
        { schemaFingerprint: 'old', replacedInVersion: 2n, replacedAt: 1_790_000_000_000_001n },
      ],
    },
    { recentWrites: [{ ...sample().recentWrites[0], version: 3n } as never] },
  );

  it.each(Object.entries({ ...GOLDEN, evolved }))('gives all of it back: %s', (_, file) => {
    expect(viaJson(file)).toEqual(file);
  });

  it('gives all of any manifest back whose times have a JSON form', () => {
    const withTimes = ({ manifest, deletedAt, ...rest }: ManifestFile): ManifestFile => ({
      ...rest,
      manifest: {
        ...manifest,
        createdAt: manifest.createdAt % YEARS,
        updatedAt: manifest.updatedAt % YEARS,
      },
      ...(deletedAt !== undefined && { deletedAt: deletedAt % YEARS }),
    });
    fc.assert(
      fc.property(manifestFile.map(withTimes), (file) => {
        expect(viaJson(file)).toEqual(file);
      }),
    );
  });

  it('has the names of the columns, int64 as strings and times with six digits', () => {
    const file = sample({
      rowCount: 0n,
      labels: new Map([
        ['b', '2'],
        ['a', '1'],
      ]),
    });
    expect(JSON.stringify(manifestToJson(file))).toBe(
      '{"name":"sales/orders","dataset_id":"1b9d6bcd-bbfd-5b2d-9b5d-ab8dfbbd4bed",' +
        '"schema_fingerprint":"sha256:0d1c","version":"1",' +
        '"created_at":"2026-09-21T14:13:20.123456Z","updated_at":"2026-09-21T14:13:20.123457Z",' +
        '"row_count":"0","labels":{"a":"1","b":"2"},"write_id":"write-1",' +
        '"recent_writes":[{"version":"1","write_id":"write-1","request_id":"","method":"RegisterManifest","existing":false,"call_hash":""}],' +
        '"objects":[{"key":"s3://lake/orders/part-0.parquet","size_bytes":"1048576"}]}',
    );
  });

  const MINIMAL = { name: 'a', schema_fingerprint: 'f', objects: [{ key: 'k', size_bytes: 1 }] };
  const WHOLE = { ...MINIMAL, ...manifestToJson(sample()) };
  it.each([
    [{ ...MINIMAL, nmae: 'b' }, 'nmae: unknown field; known: name, '],
    [{ ...MINIMAL, name: undefined }, 'name: is required'],
    [{ ...MINIMAL, name: null }, 'name: is required'],
    [{ ...MINIMAL, name: 3 }, 'name: 3 is not a string'],
    [{ ...MINIMAL, objects: {} }, 'objects: an object is not an array'],
    [{ ...MINIMAL, objects: [{ key: 'k' }] }, 'objects[0].size_bytes: is required'],
    [
      { ...MINIMAL, objects: [{ key: 'k', size_bytes: 1.5 }] },
      'objects[0].size_bytes: 1.5 is not an integer',
    ],
    [
      { ...MINIMAL, objects: [{ key: 'k', size_bytes: '' }] },
      'objects[0].size_bytes: "" is not an integer',
    ],
    [
      { ...MINIMAL, objects: [{ key: 'k', size_bytes: 2 ** 53 }] },
      'objects[0].size_bytes: a number beyond 2^53',
    ],
    [
      { ...MINIMAL, objects: [{ key: 'k', size_bytes: '9223372036854775808' }] },
      'objects[0].size_bytes: "9223372036854775808" is not an int64',
    ],
    [
      { ...MINIMAL, objects: [{ key: 'k', size_bytes: 1, path: '' }] },
      'objects[0].path: unknown field',
    ],
    [{ ...MINIMAL, created_at: 'yesterday' }, 'created_at: "yesterday" is not a time'],
    [{ ...MINIMAL, labels: { a: 1 } }, 'labels["a"]: 1 is not a string'],
    [{ ...MINIMAL, write_id: 'w' }, 'write_id: goes with recent_writes only'],
    [{ ...WHOLE, version: undefined }, 'version: is required beside recent_writes'],
    [{ ...WHOLE, recent_writes: [{ version: '1' }] }, 'recent_writes[0].write_id: is required'],
    [[], 'an array is not an object'],
    [null, 'null is not an object'],
  ])('is refused where it is wrong: %j', (json, message) => {
    const value = JSON.parse(JSON.stringify(json));
    expect(() => manifestFromJson(value)).toThrow(message);
  });
});

describe('times', () => {
  it.each([
    [-62_135_596_800_000_000n, '0001-01-01T00:00:00.000000Z'],
    [-1n, '1969-12-31T23:59:59.999999Z'],
    [0n, '1970-01-01T00:00:00.000000Z'],
    [1_790_000_000_123_456n, '2026-09-21T14:13:20.123456Z'],
    [253_402_300_799_999_999n, '9999-12-31T23:59:59.999999Z'],
  ])('%d is %s', (micros, text) => {
    expect(formatTime(micros)).toBe(text);
    expect(parseTime(text)).toBe(micros);
  });

  it('have no form outside the years 0001 to 9999', () => {
    expect(() => formatTime(253_402_300_800_000_000n)).toThrow(RangeError);
    expect(parseTime('0001-01-01T00:00:00+00:01')).toBeUndefined();
  });

  it('may have an offset and fewer digits', () => {
    expect(parseTime('2026-09-21T16:13:20.5+02:00')).toBe(1_790_000_000_500_000n);
    expect(parseTime('2026-09-21T13:43:20-00:30')).toBe(1_790_000_000_000_000n);
    expect(parseTime('2026-09-21T14:13:20.123456000Z')).toBe(1_790_000_000_123_456n);
  });

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00.1234567Z',
    '2026-01-01T00:00:00+24:00',
    '',
  ])('are refused where they are none, or would lose something: %s', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});
