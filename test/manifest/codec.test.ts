import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { decodeManifest } from '../../src/manifest/decode.ts';
import { encodeManifest } from '../../src/manifest/encode.ts';
import type { ManifestFile } from '../../src/manifest/manifest.ts';
import fc from '../support/fast-check.ts';
import { manifestFile } from './arbitrary.ts';
import { GOLDEN, GOLDEN_2, INT64_MAX, INT64_MIN, recentWrite, sample } from './samples.ts';

async function roundTrip(file: ManifestFile) {
  return await decodeManifest(encodeManifest(file));
}

describe('encodeManifest and decodeManifest', () => {
  it('give back any manifest file', async () => {
    await fc.assert(
      fc.asyncProperty(manifestFile, async (file) => {
        const decoded = await roundTrip(file);
        expect(decoded).toStrictEqual({ ...file, readOnly: false });
        // Map equality ignores order, the catalog does not.
        expect([...decoded.manifest.labels]).toEqual([...file.manifest.labels]);
      }),
      { numRuns: 300 },
    );
  });

  it.each(Object.entries({ ...GOLDEN, ...GOLDEN_2 }))('give back %s', async (_, file) => {
    expect(await roundTrip(file)).toStrictEqual({ ...file, readOnly: false });
  });

  it('give back times to the microsecond, at both ends of int64', async () => {
    for (const time of [INT64_MIN, -1n, 1_790_000_000_123_457n, INT64_MAX]) {
      const { manifest, deletedAt } = await roundTrip(
        sample({ createdAt: time, updatedAt: time }, { deletedAt: time }),
      );
      expect([manifest.createdAt, manifest.updatedAt, deletedAt]).toEqual([time, time, time]);
    }
  });

  it('give back 20,000 objects in order', async () => {
    const objects = Array.from({ length: 20_000 }, (_, i) => ({
      key: `k${(i * 7_919) % 20_000}`,
      sizeBytes: BigInt(i),
      ...(i % 2 === 0 && { rowCount: BigInt(i) }),
    }));
    const { manifest } = await roundTrip(sample({ objects }));
    expect(manifest.objects).toStrictEqual(objects);
  });

  it('give the same bytes for the same content', () => {
    expect(encodeManifest(sample())).toEqual(encodeManifest(sample()));
  });

  it('read a body that is a view into a larger buffer, and leave it alone', async () => {
    const bytes = encodeManifest(sample());
    const pool = Buffer.alloc(bytes.length + 37, 0xff);
    pool.set(bytes, 19);
    const body = pool.subarray(19, 19 + bytes.length);
    const decoding = decodeManifest(body);
    pool.fill(0xee);
    expect(await decoding).toStrictEqual({ ...sample(), readOnly: false });
    expect(pool.every((byte) => byte === 0xee)).toBe(true);
  });
});

describe('encodeManifest', () => {
  const object = { key: 'k', sizeBytes: 1n };
  const refused: [string, ManifestFile, RegExp][] = [
    [
      'an int64 out of range',
      sample({ rowCount: INT64_MAX + 1n }),
      /row_count is 9223372036854775808/,
    ],
    [
      'a time out of range',
      sample({ createdAt: INT64_MIN - 1n }),
      /created_at is -9223372036854775809/,
    ],
    ['a negative row count', sample({ rowCount: -1n }), /row_count is -1/],
    ['a version of 0', sample({ version: 0n }), /version is 0/],
    [
      'a negative size',
      sample({ objects: [{ ...object, sizeBytes: -1n }] }),
      /objects\[0\]: size_bytes is -1/,
    ],
    ['an empty key', sample({ objects: [{ ...object, key: '' }] }), /objects\[0\]: key is empty/],
    [
      'a key that occurs twice',
      sample({ objects: [object, object] }),
      /objects\[1\]: key "k" occurs twice/,
    ],
    ['a lone surrogate', sample({ name: 'a\uD800' }), /name "a\\ud800" is not well-formed/],
    ['a lone surrogate in an etag', sample({ objects: [{ ...object, etag: '\uDC00' }] }), /etag/],
    [
      'a lone surrogate in a label',
      sample({ labels: new Map([['k', '\uDC00']]) }),
      /labels: value of "k"/,
    ],
    ['no name', sample({ name: '' }), /name is empty/],
    [
      'a live dataset without fingerprint',
      sample({ schemaFingerprint: '' }),
      /schema_fingerprint is empty/,
    ],
    ['no recent writes', sample({}, { recentWrites: [] }), /last of recent_writes is of version 0/],
    [
      'a last write of another version',
      sample({}, { recentWrites: [recentWrite(2n)] }),
      /version 2, the manifest of 1/,
    ],
    [
      'versions that do not ascend',
      sample({ version: 2n }, { recentWrites: [recentWrite(2n), recentWrite(2n)] }),
      /recent_writes\[1\]: version 2 does not come after 2/,
    ],
    [
      'more recent writes than are kept',
      sample(
        { version: 65n },
        { recentWrites: Array.from({ length: 65 }, (_, i) => recentWrite(BigInt(i + 1))) },
      ),
      /recent_writes has 65 entries/,
    ],
  ];
  it.each(refused)('refuses %s, which could not be read again', (_, file, message) => {
    expect(() => encodeManifest(file)).toThrow(RangeError);
    expect(() => encodeManifest(file)).toThrow(message);
  });
});
