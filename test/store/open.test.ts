import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, expect, it } from '@jest/globals';
import { StoreConfigError } from '../../src/store/errors.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();
const stores: Store[] = [];

async function open(url: string): Promise<Store> {
  const store = await openStore(url);
  stores.push(store);
  return store;
}

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

it.each([
  ['relative', `file:${relative(process.cwd(), folder)}/a b%20c`, `${folder}/a b%20c`],
  ['absolute', `file:${folder}/d`, `${folder}/d`],
  ['a URL', `${pathToFileURL(folder).href}/e%20f`, `${folder}/e f`],
])('opens a directory, %s', async (_, url, directory) => {
  const store = await open(url);
  expect(store.url).toBe(`file:${directory}`);
  expect(store.rootUri).toBe(pathToFileURL(directory).href);
  expect(store.exclusive).toBe(true);
});

it('opens memory and S3', async () => {
  expect((await open('memory:')).url).toBe('memory:');
  const s3 = await open('s3://bucket/prefix?region=eu-1');
  expect(s3.url).toBe('s3://bucket/prefix?region=eu-1');
  expect(s3.rootUri).toBe('s3://bucket/prefix');
  expect(s3.exclusive).toBe(false);
});

it.each([
  ['', /without a scheme/],
  ['data', /without a scheme/],
  ['http://user:hunter2@host/', /URL http:; accepted are file:DIR, s3:.* and memory:/],
  ['memory:x', /accepted are/],
  ['file:', /must have a name/],
  ['file://host/a', /file:\/\/\/absolute\/path/],
  ['file:///a?b=c', /query/],
])('refuses %j', async (url, message) => {
  await expect(openStore(url)).rejects.toThrow(StoreConfigError);
  await expect(openStore(url)).rejects.toThrow(message);
  await expect(openStore(url)).rejects.not.toThrow(/hunter2/);
});

it('loads the AWS SDK for S3 only', () => {
  const module = fileURLToPath(new URL('../../src/store/open.ts', import.meta.url));
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    const { openStore } = await import(${JSON.stringify(module)});
    await openStore('memory:');
    console.log(loaded.some((url) => url.includes('@aws-sdk')));
    await openStore('s3://bucket?region=eu-1');
    console.log(loaded.some((url) => url.includes('@aws-sdk')));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script]);
  expect(stdout.toString().split('\n').slice(0, 2)).toEqual(['false', 'true']);
});
