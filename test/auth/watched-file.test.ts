import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { BadFile } from '../../src/auth/bad-file.ts';
import { WatchedFile } from '../../src/auth/watched-file.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();

function logOf() {
  const lines: string[] = [];
  const add = (level: string) => (fields: object, message: string) =>
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  return { lines, log: { info: add('info'), error: add('error') } };
}

function numberOf(text: string): number {
  if (!/^\d+$/.test(text)) throw new BadFile([`must be a number, not ${JSON.stringify(text)}`]);
  return Number(text);
}

test('a file counts as it is now, and as it was while it is not fit', async () => {
  const path = join(folder, 'watched');
  const next = join(folder, 'next');
  const { lines, log } = logOf();
  writeFileSync(path, '1');
  const file = await WatchedFile.open({ path, what: 'number', parse: numberOf, log });
  let changes = 0;
  file.onChange(() => {
    changes += 1;
  });
  await file.look();
  expect([file.value, changes]).toEqual([1, 0]);

  // As Kubernetes does it: a link is put in the place of another.
  writeFileSync(next, '2');
  symlinkSync(next, join(folder, 'link'));
  renameSync(join(folder, 'link'), path);
  await file.look();
  expect([file.value, changes]).toEqual([2, 1]);

  writeFileSync(next, 'x');
  await file.look();
  await file.look();
  rmSync(next);
  await file.look();
  await file.look();
  expect([file.value, changes]).toEqual([2, 1]);

  writeFileSync(next, '2');
  await file.look();
  expect(file.value).toBe(2);
  expect(lines).toEqual([
    expect.stringContaining('info the number file has changed'),
    expect.stringContaining('must be a number, not \\"x\\"'),
    expect.stringContaining('cannot be read (ENOENT)'),
    expect.stringContaining('info the number file has changed'),
  ]);
});

test('a file that is not fit at the start is refused with its path', async () => {
  const path = join(folder, 'unfit');
  const { log } = logOf();
  const open = () => WatchedFile.open({ path, what: 'number', parse: numberOf, log });
  await expect(open()).rejects.toThrow(`${path}: cannot be read (ENOENT)`);
  writeFileSync(path, 'x');
  await expect(open()).rejects.toThrow(`${path}: must be a number, not "x"`);
  writeFileSync(path, '1'.repeat(4 * 1024 * 1024 + 1));
  await expect(open()).rejects.toThrow(`${path}: is longer than 4194304 bytes`);
});

test('a file is followed until the signal fires', async () => {
  const path = join(folder, 'followed');
  const { log } = logOf();
  writeFileSync(path, '1');
  const file = await WatchedFile.open({ path, what: 'number', parse: numberOf, log });
  const stop = new AbortController();
  let rounds = 0;
  await file.follow(async () => {
    rounds += 1;
    writeFileSync(path, String(rounds));
    if (rounds === 3) stop.abort();
  }, stop.signal);
  expect([rounds, file.value]).toEqual([3, 2]);
});
