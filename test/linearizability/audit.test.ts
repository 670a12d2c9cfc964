import { describe, expect, it } from '@jest/globals';
import type { ManifestFile } from '../../src/manifest/manifest.ts';
import { auditFile } from './audit.ts';
import type { Operation } from './history.ts';
import { FAILED, known, register, shown, UNKNOWN, wrote } from './known-builders.ts';

/** A file whose latest writes bear these request ids. */
function fileOf(requestIds: readonly string[], version = requestIds.length): ManifestFile {
  const oldest = version - requestIds.length + 1;
  const recentWrites = requestIds.map((requestId, i) => ({
    version: BigInt(oldest + i),
    requestId,
  }));
  return { manifest: { version: BigInt(version) }, recentWrites } as unknown as ManifestFile;
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
