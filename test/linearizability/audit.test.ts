import { describe, expect, it } from '@jest/globals';
import type { ManifestFile } from '../../src/manifest/manifest.ts';
import { auditFile } from './audit.ts';
import type { Operation } from './history.ts';
import {
  deleted,
  emptied,
  FAILED,
  known,
  made,
  register,
  removal,
  shown,
  UNKNOWN,
  wrote,
} from './known-builders.ts';

/** A file whose latest writes bear these request ids, and are registers unless told otherwise. */
function fileOf(
  requestIds: readonly string[],
  version = requestIds.length,
  methods: readonly string[] = [],
): ManifestFile {
  const oldest = version - requestIds.length + 1;
  const recentWrites = requestIds.map((requestId, i) => ({
    version: BigInt(oldest + i),
    requestId,
    method: methods[i] ?? 'RegisterManifest',
    existing: oldest + i > 1,
  }));
  const manifest = {
    version: BigInt(version),
    schemaFingerprint: 'f',
    objects: [{ key: 'a' }],
    labels: new Map(),
    rowCount: 1n,
  };
  return { manifest, recentWrites } as unknown as ManifestFile;
}

function operations(record: () => void): readonly Operation[] {
  return known(true, '', record).history.operations;
}

const twoWrites = operations(() => {
  register([0, 1], { marker: 1, requestId: 'a' }, wrote(1, 1));
  register([2, 3], { marker: 2, requestId: 'b' }, wrote(2, 2));
});

describe('the audit of a file after a crash', () => {
  it('accepts a file that holds what was acknowledged, and what may have happened', () => {
    const unknown = operations(() => register([4, 5], { marker: 3, requestId: 'c' }, UNKNOWN));
    const all = [...twoWrites, ...unknown];
    expect(auditFile('n', fileOf(['a', 'b']), all)).toEqual([]);
    expect(auditFile('n', fileOf(['a', 'b', 'c']), all)).toEqual([]);
  });

  it('misses no write that is older than the record', () => {
    expect(auditFile('n', fileOf(['y', 'z'], 4), twoWrites)).toEqual([]);
  });

  it('finds that the file is missing', () => {
    expect(auditFile('n', undefined, twoWrites)).toHaveLength(2);
  });

  it('finds an acknowledged write that is missing', () => {
    const [violation] = auditFile('n', fileOf(['a']), twoWrites);
    expect(violation).toMatch(/^acknowledged, and not in the bucket: .*"requestId":"b"/);
  });

  it('finds another write in place of an acknowledged one', () => {
    expect(auditFile('n', fileOf(['a', 'x']), twoWrites)).toHaveLength(1);
  });

  it('finds a refused write that is present, but not one whose id was accepted elsewhere', () => {
    const refused = operations(() => register([4, 5], { marker: 3, requestId: 'c' }, FAILED));
    const file = fileOf(['a', 'b', 'c']);
    expect(auditFile('n', file, [...twoWrites, ...refused])).toEqual([
      expect.stringMatching(/^refused, and in the bucket: /),
    ]);
    const repeated = operations(() =>
      register(
        [6, 7],
        { marker: 3, requestId: 'c' },
        { kind: 'ok', existing: true, replayed: true, version: 3, manifest: shown(3, 3) },
      ),
    );
    expect(auditFile('n', file, [...twoWrites, ...refused, ...repeated])).toEqual([]);
  });

  it('finds a gap in the record', () => {
    const { recentWrites, ...rest } = fileOf(['a', 'b', 'c']);
    const gap = { ...rest, recentWrites: recentWrites.filter(({ version }) => version !== 2n) };
    expect(auditFile('n', gap, [])).toEqual([expect.stringContaining('gap')]);
  });
});

describe('the audit of tombstones', () => {
  const methods = ['RegisterManifest', 'DeleteManifest', 'PurgeManifest'];
  const untilDelete = operations(() => {
    register([0, 1], { marker: 1, requestId: 'a' }, wrote(1, 1));
    removal([2, 3], { method: 'delete', requestId: 'b' }, made(deleted(2, 1)));
  });
  const untilPurge = [
    ...untilDelete,
    ...operations(() => removal([4, 5], { method: 'purge', requestId: 'c' }, emptied(3))),
  ];
  const live = fileOf(['a', 'b'], 2, methods);
  const tombstone = { ...live, deletedAt: 2n };
  const purged = fileOf(['a', 'b', 'c'], 3, methods);
  const empty = { schemaFingerprint: '', objects: [], labels: new Map() };
  const { rowCount: _, ...said } = purged.manifest;
  const emptiedFile = { ...purged, deletedAt: 2n, manifest: { ...said, ...empty } };

  it('accepts one after a delete, and an empty one after a purge', () => {
    expect(auditFile('n', tombstone, untilDelete)).toEqual([]);
    expect(auditFile('n', emptiedFile, untilPurge)).toEqual([]);
  });

  it('needs no file for a call that had nothing to do', () => {
    const nothing = () =>
      removal([0, 1], { method: 'delete', allowMissing: true, requestId: 'a' }, emptied(0));
    expect(auditFile('n', undefined, operations(nothing))).toEqual([]);
  });

  it('finds a dataset that lives in spite of its delete, and one that is deleted without', () => {
    expect(auditFile('n', live, untilDelete)).toEqual([expect.stringContaining('deleted at')]);
    const registered = { ...fileOf(['a', 'b']), deletedAt: 2n };
    expect(auditFile('n', registered, twoWrites)).toEqual([expect.stringContaining('deleted at')]);
  });

  it('finds a file that was removed by a purge', () => {
    expect(auditFile('n', undefined, untilPurge)).toHaveLength(3);
  });

  it('finds a purge that left something', () => {
    const full = { ...purged, deletedAt: 2n };
    expect(auditFile('n', full, untilPurge)).toEqual([expect.stringContaining('fingerprint f')]);
    const manifest = { ...emptiedFile.manifest, labels: new Map([['a', '1']]) };
    expect(auditFile('n', { ...emptiedFile, manifest }, untilPurge)).toEqual([
      expect.stringContaining('something of it is left'),
    ]);
  });

  it('finds another method in place of an acknowledged one', () => {
    const file = fileOf(['a', 'b'], 2, ['RegisterManifest', 'EvolveSchema']);
    expect(auditFile('n', file, untilDelete)).toEqual([
      expect.stringContaining('acknowledged, and not in the bucket'),
    ]);
  });
});
