import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { ManifestSchema } from '../../gen/catalogd/v1/catalog_pb.ts';
import { escapeText, jsonLine } from '../../src/cli/output/escape.ts';
import { formatBytes, renderManifest } from '../../src/cli/output/manifest.ts';
import { Table } from '../../src/cli/output/table.ts';

const HOSTILE = 'a\u001b[2Jb\u009b31m\u007f\n\u202e\u2028\ufeff\ud800z';

describe('escape', () => {
  it('shows what a terminal would obey', () => {
    expect(escapeText(HOSTILE)).toBe(
      'a\\u001b[2Jb\\u009b31m\\u007f\\u000a\\u202e\\u2028\\ufeff\\ud800z',
    );
    expect(escapeText('größe/日本/😀 ok')).toBe('größe/日本/😀 ok');
  });

  it('leaves JSON with the same value and nothing to obey', () => {
    const line = jsonLine({ name: HOSTILE, ok: '😀' });
    expect(JSON.parse(line)).toEqual({ name: HOSTILE, ok: '😀' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the point of the test
    expect(line.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e\ufeff]/);
    expect(line.endsWith('}\n')).toBe(true);
  });
});

describe('Table', () => {
  it('aligns, escapes, and titles only the first page', () => {
    const table = new Table([
      { title: 'N', align: 'right' },
      { title: 'ETAG', align: 'left' },
      { title: 'KEY', align: 'left' },
    ]);
    expect(
      table.render([
        ['5', 'x', 'a\n'],
        ['100', '-', 'b'],
      ]),
    ).toBe('  N  ETAG  KEY\n  5  x     a\\u000a\n100  -     b\n');
    expect(table.render([['7', 'longer', 'c']])).toBe('  7  longer  c\n');
  });
});

describe('formatBytes', () => {
  it.each([
    [0n, '0 B'],
    [1023n, '1023 B'],
    [1024n, '1.0 KiB'],
    [1_048_575n, '1.0 MiB'],
    [1_288_490n, '1.2 MiB'],
    [9_223_372_036_854_775_807n, '8.0 EiB'],
  ])('%s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('renderManifest', () => {
  it('shows unset rows as unknown, microseconds, sorted labels, and nothing to obey', () => {
    const manifest = create(ManifestSchema, {
      name: 'a\u001b',
      datasetId: 'id',
      version: 3n,
      etag: 'e',
      schemaFingerprint: 'f',
      objectCount: 2n,
      totalSizeBytes: 2048n,
      createdAt: { seconds: 0n, nanos: 1000 },
      updatedAt: { seconds: 1n, nanos: 0 },
      labels: { z: '1', a: 'x\n' },
    });
    expect(renderManifest(manifest)).toBe(
      [
        'name         a\\u001b',
        'dataset id   id',
        'version      3',
        'etag         e',
        'fingerprint  f',
        'rows         unknown',
        'objects      2',
        'size         2.0 KiB (2048 bytes)',
        'created      1970-01-01T00:00:00.000001Z',
        'updated      1970-01-01T00:00:01.000000Z',
        'labels       a=x\\u000a',
        '             z=1',
        '',
      ].join('\n'),
    );
    expect(renderManifest({ ...manifest, rowCount: 0n })).toContain('rows         0\n');
  });
});
