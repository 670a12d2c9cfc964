import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { PreconditionFailedError } from '../../src/store/errors.ts';
import { openFileStore } from '../../src/store/file.ts';
import {
  isRacy,
  nextStamp,
  type Stamp,
  stampNanos,
  stampSeconds,
} from '../../src/store/file-etag.ts';
import { type FileStat, type FileSystem, nodeFileSystem } from '../../src/store/file-system.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { all, bytes } from './objects.ts';

const parent = tempFolder();
const OVERWRITE = { kind: 'overwrite' } as const;
const NOW = 1_800_000_000_000;

describe('stamps', () => {
  it('are never given twice, though the clock stands still or goes back', () => {
    const stamps: Stamp[] = [];
    let last = 0n;
    for (const now of [NOW, NOW, NOW, NOW - 5000, NOW + 1, NOW + 1]) {
      last = nextStamp(last, now);
      stamps.push(last);
    }
    expect(new Set(stamps).size).toBe(stamps.length);
    expect(stamps).toEqual(stamps.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(stampSeconds(stamps[0] ?? 0n)).toBe(NOW / 1000);
  });

  it('differ as nanoseconds too, and none is lost in a double', () => {
    const first = nextStamp(0n, NOW);
    for (let i = 0n; i < 5000n; i += 1n) {
      expect(stampNanos(first + i + 1n)).toBeGreaterThan(stampNanos(first + i));
      expect(BigInt(stampSeconds(first + i) * 2 ** 20)).toBe(first + i);
    }
  });
});

describe('a racy file', () => {
  const file = (modified: bigint, changed: bigint): FileStat => ({
    kind: 'file',
    inode: 1n,
    size: 1n,
    modified,
    changed,
  });
  const now = BigInt(NOW) * 1_000_000n;

  it('is one that is young and has no stamp', () => {
    expect(isRacy(file(now - 1n, now - 1n), NOW)).toBe(true);
    expect(isRacy(file(now - 1_999_999_999n, now - 9_999_999_999n), NOW)).toBe(true);
    expect(isRacy(file(now - 9_999_999_999n, now - 1_999_999_999n), NOW)).toBe(true);
    expect(isRacy(file(now + 9_999_999_999n, now), NOW)).toBe(true);
    expect(isRacy(file(now - 2_000_000_001n, now - 2_000_000_001n), NOW)).toBe(false);
  });

  it('is not one that the store has stamped', () => {
    for (let i = 0n; i < 1000n; i += 1n) {
      const stamp = nextStamp(0n, NOW) + i * 997n;
      expect(isRacy(file(stampNanos(stamp), now), NOW)).toBe(false);
    }
  });
});

/** A file system whose inodes and clock never tell two files apart. */
function blindFileSystem(stamps: boolean): FileSystem {
  const blind = (stat: FileStat): FileStat => ({
    ...stat,
    inode: 7n,
    changed: 0n,
    modified: stamps ? stat.modified : 0n,
  });
  return {
    ...nodeFileSystem,
    stat: async (path) => {
      const stat = await nodeFileSystem.stat(path);
      return stat && blind(stat);
    },
    openFile: async (path) => {
      const file = await nodeFileSystem.openFile(path);
      return { ...file, stat: async () => blind(await file.stat()) };
    },
    createFile: async (path) => {
      const file = await nodeFileSystem.createFile(path);
      return { ...file, stat: async () => blind(await file.stat()) };
    },
  };
}

describe.each([
  ['reuses inodes within one tick of its clock', true],
  ['keeps no exact times either', false],
])('on a file system that %s', (_, stamps) => {
  it('two bodies never share an etag, and get, list and put agree', async () => {
    const store = await openFileStore(`${parent}/blind-${stamps}`, {
      fileSystem: blindFileSystem(stamps),
      now: () => NOW,
    });
    const etags: string[] = [];
    for (let i = 0; i < 20; i += 1) {
      const { etag } = await store.put('a', bytes(`body ${10 + i}`), OVERWRITE);
      etags.push(etag);
      expect((await store.get('a'))?.etag).toBe(etag);
      expect((await all(store, 'a'))[0]?.etag).toBe(etag);
    }
    expect(new Set(etags).size).toBe(20);
    for (const etag of etags.slice(0, -1)) {
      const put = store.put('a', bytes('lost'), { kind: 'replace', etag });
      await expect(put).rejects.toThrow(PreconditionFailedError);
    }
    await store.put('a', bytes('won'), { kind: 'replace', etag: etags.at(-1) ?? '' });
    await store.close();
  });
});

describe('a file that another program wrote', () => {
  it('has a hash in its etag until it is too old to change within the same tick', async () => {
    const folder = `${parent}/foreign`;
    let now = Date.now();
    const store = await openFileStore(folder, { now: () => now });
    writeFileSync(`${folder}/a`, 'one');
    const one = await store.get('a');
    expect(one?.etag).toMatch(/-[0-9a-f]{32}$/);
    expect((await all(store, 'a'))[0]?.etag).toBe(one?.etag);

    // Once it is old enough, the etag is the short one; the long one is still good for a replace.
    now += 3000;
    const old = await store.get('a');
    expect(one?.etag.startsWith(`${old?.etag}-`)).toBe(true);
    const put = store.put('a', bytes('x'), {
      kind: 'replace',
      etag: `${old?.etag}-${'0'.repeat(32)}`,
    });
    await expect(put).rejects.toThrow(PreconditionFailedError);
    await store.put('a', bytes('two'), { kind: 'replace', etag: one?.etag ?? '' });
    expect(readFileSync(`${folder}/a`, 'utf8')).toBe('two');
    await store.close();
  });
});
