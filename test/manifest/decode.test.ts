import { describe, expect, it } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { decodeManifest } from '../../src/manifest/decode.ts';
import { encodeManifest } from '../../src/manifest/encode.ts';
import { CorruptManifestError, NewerManifestError } from '../../src/manifest/errors.ts';
import { MAX_FILE_BYTES } from '../../src/manifest/schema.ts';
import { type Craft, craft } from './craft.ts';
import { readGolden } from './golden.ts';
import { GOLDEN, GOLDEN_2, sample } from './samples.ts';
import { toTwin } from './twin.ts';

describe('golden files', () => {
  const golden = readGolden();

  it('are there for every sample', () => {
    expect(golden.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        ...Object.keys(GOLDEN).map((path) => `v1/${path}`),
        ...Object.keys(GOLDEN_2).map((path) => `v2/${path}`),
      ]),
    );
  });

  it.each(golden)('$path decodes to its twin', async ({ bytes, twin }) => {
    const decoded = await decodeManifest(bytes);
    expect(toTwin(decoded)).toEqual(twin);
    expect(decoded.readOnly).toBe(false);
  });
});

describe('a file of a newer catalogd', () => {
  it('is refused if it asks for a newer reader, whatever its other columns have become', async () => {
    await expect(decodeManifest(craft({ row: { min_reader: 3, min_writer: 3 } }))).rejects.toThrow(
      new NewerManifestError(
        'the file needs a catalogd that reads format 3; this one reads up to 2: upgrade it',
      ),
    );
    const another: Craft = {
      row: { min_reader: 3, min_writer: 3, name: 7n },
      rows: 2,
      column: (element, path) =>
        path === 'name' ? { name: 'name', type: 'INT64', repetition_type: 'OPTIONAL' } : element,
    };
    await expect(decodeManifest(craft(another))).rejects.toBeInstanceOf(NewerManifestError);
  });

  it('is read-only if it asks for a newer writer', async () => {
    const decoded = await decodeManifest(craft({ row: { min_writer: 3 } }));
    expect(decoded.readOnly).toBe(true);
    expect(decoded.manifest.name).toBe('n');
  });

  it('is read-only if it has a column we do not know', async () => {
    const bytes = craft({
      row: { later: 'x', owner: 5 },
      more: [
        { name: 'later', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'owner', type: 'INT32', repetition_type: 'REQUIRED' },
      ],
    });
    const decoded = await decodeManifest(bytes);
    expect(decoded.readOnly).toBe(true);
    expect(decoded.manifest.rowCount).toBe(3n);
  });

  it('is read-only if it has a nested column we do not know', async () => {
    const bytes = craft({
      row: { objects: [{ key: 'k', size_bytes: 5n, crc: 9 }] },
      moreOfObjects: [{ name: 'crc', type: 'INT32', repetition_type: 'OPTIONAL' }],
    });
    const decoded = await decodeManifest(bytes);
    expect(decoded.readOnly).toBe(true);
    expect(decoded.manifest.objects).toEqual([{ key: 'k', sizeBytes: 5n }]);
  });

  it('is writable again as soon as nothing of it is unknown', async () => {
    expect((await decodeManifest(craft({}))).readOnly).toBe(false);
  });
});

describe('a file of an older catalogd', () => {
  it('may lack optional columns, nested ones too', async () => {
    const lacking = ['row_count', 'deleted_at', 'objects.list.element.etag'];
    const decoded = await decodeManifest(
      craft({ column: (element, path) => (lacking.includes(path) ? undefined : element) }),
    );
    expect(decoded.manifest.rowCount).toBeUndefined();
    expect(decoded.deletedAt).toBeUndefined();
    expect(decoded.manifest.objects).toEqual([{ key: 'k', sizeBytes: 5n }]);
    expect(decoded.readOnly).toBe(false);
  });
});

describe('a sealed file that is no manifest', () => {
  const without = (missing: string): Craft => ({
    column: (element, path) => (path === missing ? undefined : element),
  });
  const instead = (changed: string, change: object, row = {}): Craft => ({
    row,
    column: (element, path) => (path === changed ? { ...element, ...change } : element),
  });
  const writes = (...versions: bigint[]) =>
    versions.map((version) => ({
      version,
      write_id: 'w',
      request_id: '',
      method: 'm',
      existing: true,
      call_hash: '',
    }));
  const notUtf8 = Uint8Array.of(0x61, 0xc3, 0x28);

  const cases: [string, Craft, RegExp][] = [
    ['lacks a required column', without('version'), /there is no column version/],
    ['lacks a required nested column', without('objects.list.element.key'), /no column key/],
    ['lacks min_reader', without('min_reader'), /there is no column min_reader/],
    ['has no row', { rows: 0 }, /no row/],
    ['has several rows', { rows: 2 }, /has 2 rows in 1 groups, it must have one/],
    [
      'has an int64 for a string',
      instead(
        'name',
        { type: 'INT64', converted_type: undefined, logical_type: undefined },
        { name: 1n },
      ),
      /column name is REQUIRED\/INT64/,
    ],
    [
      'has bytes for a string',
      instead('name', { converted_type: undefined, logical_type: undefined }),
      /column name/,
    ],
    [
      'has local times',
      instead('created_at', {
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
      }),
      /column created_at/,
    ],
    [
      'may have nulls in a required column',
      instead('write_id', { repetition_type: 'OPTIONAL' }, { write_id: null }),
      /column write_id is OPTIONAL/,
    ],
    [
      'may have a null list',
      instead('objects', { repetition_type: 'OPTIONAL' }, { objects: null }),
      /column objects is OPTIONAL/,
    ],
    [
      'may have a null nested',
      instead('objects.list.element.key', { repetition_type: 'OPTIONAL' }),
      /column objects.list.element.key is OPTIONAL/,
    ],
    ['has another field id', instead('name', { field_id: 99 }), /column name/],
    [
      'has a column twice',
      { more: [{ name: 'version', type: 'INT64', repetition_type: 'REQUIRED' }] },
      /two columns version/,
    ],
    ['has invalid UTF-8', { row: { name: notUtf8 } }, /The encoded data was not valid/],
    [
      'has invalid UTF-8 in a key',
      { row: { objects: [{ key: notUtf8, size_bytes: 1n }] } },
      /not valid/,
    ],
    [
      'has a negative size',
      { row: { objects: [{ key: 'k', size_bytes: -1n }] } },
      /objects\[0\]: size_bytes is -1/,
    ],
    [
      'has a negative row count',
      { row: { row_count: -(2n ** 63n) } },
      /row_count is -9223372036854775808/,
    ],
    [
      'has one object key twice',
      {
        row: {
          objects: [
            { key: 'k', size_bytes: 1n },
            { key: 'k', size_bytes: 2n },
          ],
        },
      },
      /key "k" occurs twice/,
    ],
    [
      'has one label twice',
      {
        row: {
          labels: [
            { key: 'a', value: '1' },
            { key: 'a', value: '2' },
          ],
        },
      },
      /labels has a key twice/,
    ],
    ['has a version of 0', { row: { version: 0n, recent_writes: [] } }, /version is 0/],
    [
      'has an incoherent record',
      { row: { version: 3n, recent_writes: writes(1n, 2n) } },
      /the last of recent_writes is of version 2, the manifest of 3/,
    ],
    [
      'has versions that do not ascend',
      { row: { version: 3n, recent_writes: writes(2n, 1n, 3n) } },
      /recent_writes\[1\]: version 1 does not come after 2/,
    ],
    ['has no recent write', { row: { recent_writes: [] } }, /of version 0, the manifest of 1/],
    ['has a senseless min_reader', { row: { min_reader: 0 } }, /min_reader is 0/],
    ['has a senseless min_writer', { row: { min_writer: -1 } }, /min_writer is -1/],
  ];
  it.each(cases)('is corrupt if it %s', async (_, how, message) => {
    const decoding = decodeManifest(craft(how));
    await expect(decoding).rejects.toBeInstanceOf(CorruptManifestError);
    await expect(decoding).rejects.toThrow(message);
  });
});

describe('a file that is not of catalogd', () => {
  const foreign = new Uint8Array(
    parquetWriteBuffer({ columnData: [{ name: 'name', data: ['a'], type: 'STRING' }] }),
  );
  const cases: [string, Uint8Array, RegExp][] = [
    ['empty', new Uint8Array(), /no seal/],
    ['one byte', Uint8Array.of(0x50), /no seal/],
    ['another Parquet file', foreign, /no seal \(footer entry catalogd.sha256\)/],
    ['too large', new Uint8Array(MAX_FILE_BYTES + 1), /268435457 bytes, more than 268435456/],
  ];
  it.each(cases)('is corrupt: %s', async (_, bytes, message) => {
    const decoding = decodeManifest(bytes);
    await expect(decoding).rejects.toBeInstanceOf(CorruptManifestError);
    await expect(decoding).rejects.toThrow(message);
  });

  it('is corrupt when truncated by one byte', async () => {
    const bytes = encodeManifest(sample());
    await expect(decodeManifest(bytes.subarray(0, -1))).rejects.toThrow(/the seal does not match/);
  });
});
