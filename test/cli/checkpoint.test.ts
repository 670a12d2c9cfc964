import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openFileStore } from '../../src/store/file.ts';
import { openS3Store } from '../../src/store/s3.ts';
import type { Store } from '../../src/store/store.ts';
import { fileOf, fill } from '../maintenance/support.ts';
import { inParallel } from '../store/objects.ts';
import { startProcess } from '../support/catalogd-process.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { run } from './run-cli.ts';

const folder = tempFolder();
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'double', AWS_SECRET_ACCESS_KEY: 'double-secret' };
const NAMES = ['a', 'b/c', 'd'];

let double: S3Double;
beforeAll(async () => {
  Object.assign(process.env, CREDENTIALS);
  double = await startS3Double({ bucket: 'lake' });
});
afterAll(() => double.close());

/** Fills a store and closes it. */
async function filled(opened: Promise<Store>, names = NAMES): Promise<void> {
  const store = await opened;
  // Not one by one: each waits for the disk.
  await inParallel(32, names, (name) => fill(store, [fileOf(name)]));
  await store.close();
}

/** Starts the service, ends it, and says what its log said of the loading. */
async function loaded(
  url: string,
): Promise<{ manifests: number; fromCheckpoint: number; log: string }> {
  // Without a checkpoint the line is one for the curious.
  const service = await startProcess(url, { CATALOGD_LOG_LEVEL: 'debug' });
  expect(await service.end('SIGTERM')).toBe(0);
  const log = service.stderr() + service.stdout();
  const line = /^.*"the catalog is loaded".*$/m.exec(log)?.[0] ?? '{}';
  return { ...JSON.parse(line), log };
}

const STORES: Record<string, () => Promise<string>> = {
  'a directory': async () => {
    await filled(openFileStore(`${folder}/by-hand`));
    return `file:${folder}/by-hand`;
  },
  S3: async () => {
    const url = `s3://lake/by-hand?endpoint=${encodeURIComponent(double.endpoint)}&region=us-east-1&path_style=true`;
    await filled(openS3Store(url));
    return url;
  },
};

describe.each(Object.keys(STORES))('catalogd checkpoint on %s', (kind) => {
  let url: string;
  beforeAll(async () => {
    url = (await STORES[kind]?.()) ?? '';
  });

  it('writes one that the next start takes everything from', async () => {
    expect(await loaded(url)).toMatchObject({ manifests: 3, fromCheckpoint: 0 });
    const first = await run(['checkpoint', '--store', url]);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toMatch(
      /^a checkpoint of 3 manifests was written: 1 file, \d+ bytes; 0 of them were in the former one as they are now\n$/,
    );
    expect(await loaded(url)).toMatchObject({ manifests: 3, fromCheckpoint: 3 });
    const second = await run(['checkpoint', '--store', url, '--json']);
    expect(JSON.parse(second.out)).toMatchObject({ manifests: 3, from_former_checkpoint: 3 });
  }, 120_000);
});

describe('a checkpoint in a directory', () => {
  it('is written by the service itself, and ignored in one line once it is damaged', async () => {
    const path = `${folder}/kept`;
    const names = Array.from({ length: 1_000 }, (_, i) => `many/${i}`);
    await filled(openFileStore(path), names);
    expect(await loaded(`file:${path}`)).toMatchObject({ manifests: 1_000, fromCheckpoint: 0 });
    expect(await loaded(`file:${path}`)).toMatchObject({ manifests: 1_000, fromCheckpoint: 1_000 });

    const file = `${path}/_catalog/checkpoint/00000.parquet`;
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(1_000) ^ 1, 1_000);
    writeFileSync(file, bytes);
    const { log, ...after } = await loaded(`file:${path}`);
    expect(after).toMatchObject({ manifests: 1_000, fromCheckpoint: 0 });
    const told = log
      .split('\n')
      .filter((line) => line.includes('files of the checkpoint are ignored'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('the seal does not match');
  }, 300_000);
});
