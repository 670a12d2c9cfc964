import { readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OutcomeUnknownError, StoreUnavailableError } from '../../src/store/errors.ts';
import { openFileStore } from '../../src/store/file.ts';
import type { Store } from '../../src/store/store.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { type WatchedFileSystem, watchFileSystem } from '../support/watched-file-system.ts';
import { all, bytes, read } from './objects.ts';

const CREATE = { kind: 'create' } as const;
const OVERWRITE = { kind: 'overwrite' } as const;

const parent = tempFolder();
let opened = 0;
let root: string;
let fs: WatchedFileSystem;
let store: Store;

/** Names of temporary files count up, so that the calls can be written down. */
function open(): Promise<Store> {
  let names = 0;
  const randomName = () => {
    names += 1;
    return `t${names}`;
  };
  return openFileStore(root, { fileSystem: fs, randomName });
}

beforeEach(async () => {
  opened += 1;
  root = `${parent}/${opened}`;
  fs = watchFileSystem(root);
  store = await open();
  fs.calls.length = 0;
});

afterEach(() => store.close());

/** The calls since the last time, with temporary names made equal. */
function calls(): string[] {
  return fs.calls.splice(0).map((call) => call.replace(/\bt\d+/g, 'T'));
}

describe('the order of system calls', () => {
  it('of the first put into new folders', async () => {
    await store.put('a/b/c', bytes('x'), CREATE);
    expect(calls()).toEqual([
      'mkdir a',
      'fsync /',
      'mkdir a/b',
      'fsync a/',
      'create _catalog/tmp/T',
      'write _catalog/tmp/T',
      'fsync _catalog/tmp/T',
      'link _catalog/tmp/T -> a/b/c',
      'fsync a/b/',
      'unlink _catalog/tmp/T',
    ]);
  });

  it('of a replacement', async () => {
    const { etag } = await store.put('a/b', bytes('x'), CREATE);
    calls();
    await store.put('a/b', bytes('y'), { kind: 'replace', etag });
    expect(calls()).toEqual([
      'create _catalog/tmp/T',
      'write _catalog/tmp/T',
      'fsync _catalog/tmp/T',
      'rename _catalog/tmp/T -> a/b',
      'fsync a/',
    ]);
  });

  it('of a delete', async () => {
    await store.put('a/b', bytes('x'), CREATE);
    await store.get('a/b');
    calls();
    await store.delete('a/b');
    expect(calls()).toEqual(['unlink a/b', 'fsync a/']);
  });

  it('of the first read after a start: what a killed process renamed is made durable first', async () => {
    await store.put('a/b', bytes('x'), CREATE);
    await store.close();
    store = await open();
    calls();
    await store.get('a/b');
    expect(calls()).toEqual(['fsync /', 'fsync a/']);
    await store.get('a/b');
    await store.get('a/none');
    expect(calls()).toEqual([]);
  });

  it('of the making of the store itself', async () => {
    await store.close();
    root = `${root}/new/er`;
    fs = watchFileSystem(root);
    store = await open();
    const made = fs.calls.map((call) => call.replaceAll(parent, ''));
    expect(made.slice(0, 8)).toEqual([
      `mkdir /${opened}/new`,
      `fsync /${opened}/`,
      'mkdir ',
      `fsync /${opened}/new/`,
      'mkdir _catalog',
      'fsync /',
      'mkdir _catalog/tmp',
      'fsync _catalog/',
    ]);
  });
});

describe('a fault before the file is in its place', () => {
  it.each([
    ['ENOSPC', 'create'],
    ['ENOSPC', 'write'],
    ['EIO', 'write'],
    ['EIO', 'fsync _catalog/tmp/t'],
    ['EROFS', 'create'],
    ['EACCES', 'rename'],
    ['EXDEV', 'rename'],
  ])('%s of %s: nothing was written, and nothing is left', async (code, call) => {
    await store.put('a', bytes('old'), CREATE);
    fs.fault = (each) => (each.startsWith(call) ? code : undefined);
    const put = store.put('a', bytes('new'), OVERWRITE);
    await expect(put).rejects.toThrow(StoreUnavailableError);
    await expect(put).rejects.toThrow(`${root}/a was not written: ${code}`);
    fs.fault = () => undefined;
    expect((await read(store, 'a'))?.text).toBe('old');
    expect(readdirSync(`${root}/_catalog/tmp`)).toEqual([]);
    await store.put('a', bytes('new'), OVERWRITE);
  });

  it('never repeats the fsync of the same file', async () => {
    fs.fault = (call) => (call.startsWith('fsync _catalog/tmp') ? 'EIO' : undefined);
    await expect(store.put('a', bytes('x'), CREATE)).rejects.toThrow(StoreUnavailableError);
    fs.fault = () => undefined;
    await store.put('a', bytes('x'), CREATE);
    const synced = fs.calls.filter((call) => call.startsWith('fsync _catalog/tmp'));
    expect(synced.length).toBe(1);
    const created = fs.calls.filter((call) => call.startsWith('create'));
    expect(new Set(created).size).toBe(2);
  });

  it('a new folder whose parent could not be fsynced is not taken for durable', async () => {
    fs.fault = (call) => (call === 'fsync /' ? 'EIO' : undefined);
    await expect(store.put('a/b', bytes('x'), CREATE)).rejects.toThrow(StoreUnavailableError);
    fs.fault = () => undefined;
    calls();
    await store.put('a/b', bytes('x'), CREATE);
    // The entry made and removed again has the second fsync write the folder, not just succeed.
    expect(calls().slice(0, 3)).toEqual(['mkdir .settle-T', 'rmdir .settle-T', 'fsync /']);
  });
});

describe('a fault when the file may be in its place', () => {
  const faults: [string, string][] = [
    ['fsync a/', 'EIO'],
    ['rename', 'EIO'],
    ['rename', '+EIO'],
  ];

  it.each(faults)('at %s (%s) leaves the outcome unknown', async (call, code) => {
    await store.put('a/b', bytes('old'), CREATE);
    fs.fault = (each) => (each.startsWith(call) ? code : undefined);
    const put = store.put('a/b', bytes('new'), OVERWRITE);
    await expect(put).rejects.toThrow(OutcomeUnknownError);
  });

  it.each(faults)(
    'at %s (%s): the next read writes it anew before it answers',
    async (call, code) => {
      await store.put('a/b', bytes('old'), CREATE);
      fs.fault = (each) => (each.startsWith(call) ? code : undefined);
      await expect(store.put('a/b', bytes('new'), OVERWRITE)).rejects.toThrow();
      if (call.startsWith('fsync')) {
        await expect(store.get('a/b')).rejects.toThrow(StoreUnavailableError);
      }
      fs.fault = () => undefined;
      calls();
      const seen = (await read(store, 'a/b'))?.text;
      expect(seen).toBe(call === 'rename' && code === 'EIO' ? 'old' : 'new');
      expect(calls().filter((each) => !/settle/.test(each))).toEqual([
        'create _catalog/tmp/T',
        'write _catalog/tmp/T',
        'fsync _catalog/tmp/T',
        'rename _catalog/tmp/T -> a/b',
        'fsync a/',
        'fsync /',
        'fsync a/',
      ]);
      await read(store, 'a/b');
      expect(calls()).toEqual([]);
    },
  );

  it('the next put writes it anew as well', async () => {
    await store.put('a/b', bytes('old'), CREATE);
    fs.fault = (call) => (call === 'fsync a/' ? 'EIO' : undefined);
    await expect(store.put('a/b', bytes('new'), OVERWRITE)).rejects.toThrow(OutcomeUnknownError);
    fs.fault = () => undefined;
    calls();
    await expect(store.put('a/b', bytes('x'), CREATE)).rejects.toThrow(/exists/);
    expect(calls()).toContain('rename _catalog/tmp/T -> a/b');
  });

  it('of a delete: the folder is written before its absence is told', async () => {
    await store.put('a/b', bytes('x'), CREATE);
    await store.get('a/b');
    fs.fault = (call) => (call === 'fsync a/' ? 'EIO' : undefined);
    await expect(store.delete('a/b')).rejects.toThrow(OutcomeUnknownError);
    await expect(store.get('a/b')).rejects.toThrow(StoreUnavailableError);
    fs.fault = () => undefined;
    calls();
    expect(await store.get('a/b')).toBeUndefined();
    expect(calls().slice(0, 3)).toEqual(['mkdir a/.settle-T', 'rmdir a/.settle-T', 'fsync a/']);
  });
});

describe('puts into one folder at the same time', () => {
  let answers: string[];
  let held: (() => void)[];
  let syncFolder: typeof fs.syncFolder;

  beforeEach(async () => {
    await store.put('a/old', bytes('old'), CREATE);
    calls();
    [answers, held] = [[], []];
    ({ syncFolder } = fs);
    fs.syncFolder = async (path) => {
      fs.calls.push('begin');
      await new Promise<void>((resolve) => held.push(resolve));
      await syncFolder(path);
    };
  });

  /** Starts a put of `a/${name}`, and waits until it is in its place. */
  async function rename(name: string): Promise<void> {
    store.put(`a/${name}`, bytes(name), OVERWRITE).then(
      () => answers.push(`${name} durable`),
      (error: Error) => answers.push(`${name} ${error.constructor.name}`),
    );
    await until(() => fs.calls.some((call) => call.endsWith(`-> a/${name}`)));
  }

  /** Ends the fsync that is under way, once it is, and waits for that many answers in all. */
  async function endSync(answered: number): Promise<void> {
    await until(() => held.length > 0);
    held.shift()?.();
    await until(() => answers.length >= answered);
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await setImmediate();
  }

  const order = () => calls().filter((call) => /^rename|^begin|^fsync a|settle/.test(call));

  it('share an fsync that begins when both are in their places, never one that began before', async () => {
    for (const name of ['x', 'y', 'z']) await rename(name);
    expect(held.length).toBe(1);
    await endSync(1);
    expect(answers).toEqual(['x durable']);
    await endSync(3);
    expect(answers.sort()).toEqual(['x durable', 'y durable', 'z durable']);
    expect(order()).toEqual([
      'rename _catalog/tmp/T -> a/x',
      'begin',
      'rename _catalog/tmp/T -> a/y',
      'rename _catalog/tmp/T -> a/z',
      'fsync a/',
      'begin',
      'fsync a/',
    ]);
  });

  it.each([
    { failing: 'the one before it', unknown: ['x', 'y', 'z'], begun: 1 },
    { failing: 'it', unknown: ['y', 'z'], begun: 2 },
  ])('share a failure of $failing: each is written anew before it is shown', async (at) => {
    for (const name of ['x', 'y', 'z']) await rename(name);
    if (at.begun === 2) await endSync(1);
    fs.fault = (call) => (call === 'fsync a/' ? 'EIO' : undefined);
    await endSync(3);
    const unknown = at.unknown.map((name) => `${name} OutcomeUnknownError`);
    expect(answers.slice(-unknown.length)).toEqual(unknown);
    expect(order().filter((call) => call === 'begin').length).toBe(at.begun);

    fs.fault = () => undefined;
    fs.syncFolder = syncFolder;
    for (const name of at.unknown) {
      expect((await read(store, `a/${name}`))?.text).toBe(name);
      expect(order()).toContain(`rename _catalog/tmp/T -> a/${name}`);
    }
  });
});

describe('a disk that hangs', () => {
  it('ends every call, and keeps others of the key from passing', async () => {
    await store.close();
    let hanging: (() => void) | undefined;
    const rename = fs.rename;
    const slow = {
      ...fs,
      rename: async (from: string, to: string) => {
        await new Promise<void>((resolve) => {
          hanging = resolve;
        });
        await rename(from, to);
      },
    };
    store = await openFileStore(root, { fileSystem: slow, timeLimitMs: 300 });
    await store.put('other', bytes('x'), CREATE);
    await expect(store.put('a', bytes('x'), OVERWRITE)).rejects.toThrow(OutcomeUnknownError);
    await expect(store.get('a')).rejects.toThrow(StoreUnavailableError);
    await expect(store.put('a', bytes('never'), OVERWRITE)).rejects.toThrow(StoreUnavailableError);
    expect((await read(store, 'other'))?.text).toBe('x');
    hanging?.();
    expect((await read(store, 'a'))?.text).toBe('x');
    expect((await all(store, '')).map(({ key }) => key).sort()).toEqual(['a', 'other']);
  });

  it('keeps the directory until what is being written is done, though the store is closed', async () => {
    let finish = () => {};
    const hanging = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const link = fs.link;
    fs.link = async (from, to) => {
      await hanging;
      await link(from, to);
    };
    const put = store.put('a', bytes('x'), CREATE);
    const closing = store.close();
    await expect(openFileStore(root)).rejects.toThrow(/in use/);
    finish();
    await closing;
    await put;
    store = await open();
    expect((await read(store, 'a'))?.text).toBe('x');
  });
});
