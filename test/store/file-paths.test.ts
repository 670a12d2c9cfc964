import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  ObjectTooLargeError,
  StoreConfigError,
  StoreUnavailableError,
} from '../../src/store/errors.ts';
import { openFileStore } from '../../src/store/file.ts';
import { type FileSystem, nodeFileSystem } from '../../src/store/file-system.ts';
import type { Store } from '../../src/store/store.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { all, bytes } from './objects.ts';

const CREATE = { kind: 'create' } as const;
const OVERWRITE = { kind: 'overwrite' } as const;
const parent = tempFolder();
let opened = 0;
let root: string;
let store: Store;

beforeEach(async () => {
  opened += 1;
  root = `${parent}/${opened}`;
  store = await openFileStore(root);
});
afterEach(() => store.close());

it('names itself by its absolute path', () => {
  expect(store.url).toBe(`file:${root}`);
  expect(store.rootUri).toBe(`file://${root}`);
});

it('removes what a killed process was writing, and lists it only when asked', async () => {
  writeFileSync(`${root}/_catalog/tmp/leftover`, 'half');
  expect(await all(store, '')).toEqual([]);
  expect(await all(store, '_catalog/')).toEqual([]);
  expect((await all(store, '_catalog/tmp/')).map(({ key }) => key)).toEqual([
    '_catalog/tmp/leftover',
  ]);
  await store.close();
  store = await openFileStore(root);
  expect(readdirSync(`${root}/_catalog/tmp`)).toEqual([]);
});

it('follows no symbolic link, for reading or for writing', async () => {
  const outside = `${parent}/outside-${opened}`;
  mkdirSync(outside);
  writeFileSync(`${outside}/secret`, 'secret');
  symlinkSync(`${outside}/secret`, `${root}/file`);
  symlinkSync(outside, `${root}/folder`);
  for (const key of ['file', 'folder/secret']) {
    await expect(store.get(key)).rejects.toThrow(StoreUnavailableError);
    await expect(store.put(key, bytes('x'), CREATE)).rejects.toThrow();
    await expect(store.put(key, bytes('x'), OVERWRITE)).rejects.toThrow(StoreUnavailableError);
  }
  await expect(store.put('folder/new', bytes('x'), CREATE)).rejects.toThrow(StoreUnavailableError);
  await expect(store.delete('file')).rejects.toThrow(StoreUnavailableError);
  await expect(store.delete('folder/secret')).rejects.toThrow(StoreUnavailableError);
  await expect(all(store, '')).rejects.toThrow(StoreConfigError);
  await expect(all(store, 'folder/')).rejects.toThrow(StoreConfigError);
  expect(readFileSync(`${outside}/secret`, 'utf8')).toBe('secret');
  expect(readdirSync(outside)).toEqual(['secret']);
});

it('takes a folder for no object, and refuses to write where one is', async () => {
  await store.put('a/b', bytes('x'), CREATE);
  expect(await store.get('a')).toBeUndefined();
  await store.delete('a');
  for (const mode of [CREATE, OVERWRITE]) {
    await expect(store.put('a', bytes('y'), mode)).rejects.toThrow(/a is not a file/);
    await expect(store.put('a/b/c', bytes('y'), mode)).rejects.toThrow(/a\/b is not a folder/);
  }
  expect((await all(store, '')).map(({ key }) => key)).toEqual(['a/b']);
});

it('does not pass over what is neither file nor folder in a listing', async () => {
  await store.put('a/b', bytes('x'), CREATE);
  mkdirSync(`${parent}/elsewhere`, { recursive: true });
  symlinkSync(`${parent}/elsewhere`, `${root}/a/linked`);
  await expect(all(store, 'a/')).rejects.toThrow(StoreConfigError);
  await expect(all(store, 'a/')).rejects.toThrow('a/linked');
  rmSync(`${root}/a/linked`);
  expect((await all(store, 'a/')).map(({ key }) => key)).toEqual(['a/b']);
});

it.each(['file', 'folder'])('does not pass over a %s whose name is not UTF-8', async (kind) => {
  const path = Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]);
  if (kind === 'file') writeFileSync(path, 'x');
  else mkdirSync(path);
  const listed = all(store, '');
  await expect(listed).rejects.toThrow(StoreConfigError);
  await expect(listed).rejects.toThrow(`${root}/ has "caf\ufffd", whose name is not UTF-8`);
  rmSync(path, { recursive: true });
  // The character by which bytes are shown that are none may be the name's own.
  await store.put('caf\ufffd', bytes('x'), CREATE);
  expect((await all(store, '')).map(({ key }) => key)).toEqual(['caf\ufffd']);
});

it('does not read what is larger than anything it holds, and can replace it', async () => {
  writeFileSync(`${root}/huge`, 'x');
  truncateSync(`${root}/huge`, 3 * 2 ** 30);
  const [{ etag, sizeBytes } = { etag: '', sizeBytes: 0 }] = await all(store, '');
  expect(sizeBytes).toBe(3 * 2 ** 30);
  const error = await store.get('huge').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ObjectTooLargeError);
  expect(error).toMatchObject({ sizeBytes, etag });
  await store.put('huge', bytes('small'), { kind: 'replace', etag });
  expect((await all(store, '')).map((object) => object.sizeBytes)).toEqual([5]);
});

it('has the URI behind a symbolic link, too', async () => {
  mkdirSync(`${parent}/real`);
  symlinkSync(`${parent}/real`, `${parent}/by-link`);
  const linked = await openFileStore(`${parent}/by-link`);
  expect(linked.rootUri).toMatch(/\/by-link$/);
  expect(linked.rootAliases).toEqual([expect.stringMatching(/\/real$/)]);
  await linked.close();
});

it('refuses a file name that is too long for the file system', async () => {
  await expect(store.put('n'.repeat(256), bytes('x'), CREATE)).rejects.toThrow(
    StoreUnavailableError,
  );
});

it('makes folders again that were removed under it', async () => {
  await store.put('a/b/c', bytes('x'), CREATE);
  rmSync(`${root}/a`, { recursive: true });
  await expect(store.put('a/b/c', bytes('x'), CREATE)).rejects.toThrow(StoreUnavailableError);
  await store.put('a/b/c', bytes('x'), CREATE);
});

it.each([
  ['link', 'EPERM', /EPERM/],
  ['makeFolder', 'EROFS', /cannot hold a store: EROFS/],
  ['createFile', 'EACCES', /cannot hold a store: EACCES/],
] as const)('is not opened where %s fails with %s', async (method, code, message) => {
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    [method]: async () => {
      throw Object.assign(new Error(code), { code });
    },
  };
  const folder = `${parent}/unusable-${method}`;
  await expect(openFileStore(folder, { fileSystem })).rejects.toThrow(StoreConfigError);
  await expect(openFileStore(folder, { fileSystem })).rejects.toThrow(message);
});

it('is not opened on a file, nor without a name', async () => {
  writeFileSync(`${parent}/a-file`, '');
  await expect(openFileStore(`${parent}/a-file`)).rejects.toThrow(StoreConfigError);
  await expect(openFileStore(`${parent}/a-file/below`)).rejects.toThrow(StoreConfigError);
  await expect(openFileStore('')).rejects.toThrow(StoreConfigError);
  await expect(openFileStore('a\0b')).rejects.toThrow(StoreConfigError);
  expect(existsSync(`${parent}/a-file/below`)).toBe(false);
});
