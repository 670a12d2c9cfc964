import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from '@jest/globals';
import { eachListed } from '../../src/store/each-listed.ts';
import { StoreConfigError, StoreUnavailableError } from '../../src/store/errors.ts';
import { openFileStore } from '../../src/store/file.ts';
import type { Store } from '../../src/store/store.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { bytes } from './objects.ts';

const parent = tempFolder();
const OVERWRITE = { kind: 'overwrite' } as const;
const stores: Store[] = [];
const processes: ChildProcess[] = [];

async function open(folder: string): Promise<Store> {
  const store = await openFileStore(folder);
  stores.push(store);
  return store;
}

/** Another process that has the folder. */
async function holder(folder: string): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('../../src/store/file.ts', import.meta.url));
  const script = `
    const { openFileStore } = await import(${JSON.stringify(file)});
    await openFileStore(${JSON.stringify(folder)});
    console.log('open');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  processes.push(child);
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const child of processes.splice(0)) child.kill('SIGKILL');
});

it('refuses a directory that another process has, and says which; a killed one has it no more', async () => {
  const folder = `${parent}/other`;
  const child = await holder(folder);
  await expect(openFileStore(folder)).rejects.toThrow(StoreConfigError);
  await expect(openFileStore(folder)).rejects.toThrow(
    new RegExp(
      `directory ${folder} is in use by process ${child.pid} on ${hostname()} since 2.*Z; stop it or choose another --store`,
    ),
  );
  child.kill('SIGSTOP');
  await expect(openFileStore(folder)).rejects.toThrow(StoreConfigError);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await open(folder);
});

it('refuses a directory that this process has, by whatever path', async () => {
  const folder = `${parent}/same`;
  await open(folder);
  symlinkSync(folder, `${parent}/link`);
  const refused = new RegExp(`in use by process ${process.pid} `);
  await expect(openFileStore(folder)).rejects.toThrow(refused);
  await expect(openFileStore(`${parent}/link`)).rejects.toThrow(refused);
});

it('holds the lock whatever is read, written and listed, and frees it when closed', async () => {
  const folder = `${parent}/used`;
  const store = await open(folder);
  await store.put('a', bytes('x'), OVERWRITE);
  for await (const { key } of eachListed(store, '')) await store.get(key);
  for (const key of ['_catalog/lock', '_CATALOG/LOCK', '_catalog/lock.holder', '_catalog/tmp/x']) {
    await expect(store.get(key)).rejects.toThrow(TypeError);
    await expect(store.put(key, bytes('x'), OVERWRITE)).rejects.toThrow(TypeError);
    await expect(store.delete(key)).rejects.toThrow(TypeError);
  }
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    new DatabaseSync(${JSON.stringify(`${folder}/_catalog/lock`)}).exec('BEGIN EXCLUSIVE');`;
  const tryLock = async () => {
    const child = spawn(process.execPath, ['--eval', script], { stdio: 'ignore' });
    const [code] = await once(child, 'exit');
    return code === 0;
  };
  expect(await tryLock()).toBe(false);
  await store.close();
  expect(await tryLock()).toBe(true);
});

it('stops writing when the lock file is gone: the directory may be another process’s by now', async () => {
  const folder = `${parent}/gone`;
  const store = await open(folder);
  rmSync(folder, { recursive: true });
  await expect(store.put('a', bytes('x'), OVERWRITE)).rejects.toThrow(StoreUnavailableError);
  await open(folder);
  await expect(store.put('a', bytes('x'), OVERWRITE)).rejects.toThrow(/removed or replaced/);
});

it('releases the lock when the rest of the opening fails', async () => {
  const folder = `${parent}/fails`;
  mkdirSync(`${folder}/_catalog/tmp/not-a-file`, { recursive: true });
  await expect(openFileStore(folder)).rejects.toThrow(/cannot hold a store/);
  rmSync(`${folder}/_catalog/tmp/not-a-file`, { recursive: true });
  await open(folder);
});
