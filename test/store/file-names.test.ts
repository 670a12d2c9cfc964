import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { KeyCollisionError, PreconditionFailedError } from '../../src/store/errors.ts';
import { openFileStore } from '../../src/store/file.ts';
import { type FileSystem, nodeFileSystem } from '../../src/store/file-system.ts';
import type { Store } from '../../src/store/store.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { all, bytes, read } from './objects.ts';

const CREATE = { kind: 'create' } as const;
const OVERWRITE = { kind: 'overwrite' } as const;
const parent = tempFolder();
let opened = 0;

/**
 * A file system that takes names for equal which differ in case or normalisation, and keeps the
 * name as it was first written, as those of macOS and Windows do.
 */
function foldingFileSystem(root: string): FileSystem {
  const fold = (name: string) => name.normalize('NFD').toLowerCase();
  /** The path of what is there already, if anything is. */
  async function real(path: string): Promise<string> {
    let found = root;
    for (const segment of path.slice(root.length + 1).split('/')) {
      const names: string[] = [];
      try {
        for await (const { name } of nodeFileSystem.entries(found)) names.push(name);
      } catch {
        // Nothing is there.
      }
      found += `/${names.find((name) => fold(name) === fold(segment)) ?? segment}`;
    }
    return path.startsWith(`${root}/`) ? found : path;
  }
  const fs = nodeFileSystem;
  return {
    ...fs,
    createFile: async (path) => fs.createFile(await real(path)),
    openFile: async (path) => fs.openFile(await real(path)),
    stat: async (path) => fs.stat(await real(path)),
    link: async (from, to) => fs.link(await real(from), await real(to)),
    rename: async (from, to) => fs.rename(await real(from), await real(to)),
    unlink: async (path) => fs.unlink(await real(path)),
    makeFolder: async (path) => fs.makeFolder(await real(path)),
    syncFolder: async (path) => fs.syncFolder(await real(path)),
  };
}

const open = () => {
  opened += 1;
  const root = `${parent}/${opened}`;
  return openFileStore(root, { fileSystem: foldingFileSystem(root) });
};

let store: Store;
beforeEach(async () => {
  store = await open();
});
afterEach(() => store.close());

const TWINS = [
  ['name', 'Name'],
  ['folder/a', 'Folder/a'],
  ['folder/a', 'Folder/b'],
  ['caf\u00e9', 'cafe\u0301'],
] as const;

it.each(TWINS)('with %j there, %j is refused and nothing changes', async (there, twin) => {
  await store.put(there, bytes('x'), CREATE);
  for (const mode of [CREATE, OVERWRITE, { kind: 'replace', etag: 'e' } as const]) {
    await expect(store.put(twin, bytes('y'), mode)).rejects.toThrow(KeyCollisionError);
  }
  await expect(store.get(twin)).rejects.toThrow(KeyCollisionError);
  await store.delete(twin);
  expect((await read(store, there))?.text).toBe('x');
  expect((await all(store, '')).map(({ key }) => key)).toEqual([there]);
});

it.each(TWINS)('of concurrent creates of %j and %j one wins', async (one, other) => {
  const puts = [one, other].map((key) => store.put(key, bytes(key), CREATE));
  const outcomes = await Promise.allSettled(puts);
  const won = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [i] : []));
  expect(won.length).toBe(1);
  const winner = [one, other][won[0] ?? 0] ?? '';
  expect((await read(store, winner))?.text).toBe(winner);
  await expect(store.put(winner, bytes('x'), CREATE)).rejects.toThrow(PreconditionFailedError);
});
