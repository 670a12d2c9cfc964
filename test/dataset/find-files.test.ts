import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { DatasetFileError } from '../../src/dataset/errors.ts';
import { findFiles } from '../../src/dataset/find-files.ts';
import { rejection, scratchDirectory } from './support.ts';

const scratch = scratchDirectory();

/** Makes empty files in a folder of their own: what is in them does not matter here. */
function tree(name: string, files: string[]): string {
  for (const file of files) {
    mkdirSync(dirname(join(scratch(name), file)), { recursive: true });
    writeFileSync(join(scratch(name), file), '');
  }
  return scratch(name);
}

async function found(paths: string[], maxFiles = 1000): Promise<string[]> {
  const { files, close } = await findFiles(paths, { maxFiles });
  await close();
  const root = pathToFileURL(scratch('')).href;
  // Decoded, for Node's versions differ in what they encode.
  return files.map(({ uri }) => decodeURIComponent(uri.slice(root.length + 1)));
}

describe('findFiles', () => {
  it('keeps the order of files given one by one, and takes them whatever their names', async () => {
    const folder = tree('given', ['b', 'a.parquet', '_c.parquet']);
    const files = ['b', 'a.parquet', '_c.parquet'].map((file) => join(folder, file));
    expect(await found(files)).toEqual(['given/b', 'given/a.parquet', 'given/_c.parquet']);
  });

  it('takes a path that is not there for a file, whose reading says so', async () => {
    expect(await found([scratch('missing.parquet')])).toEqual(['missing.parquet']);
  });

  it('finds *.parquet in a folder and the folders in it, in byte order of the URIs', async () => {
    const folder = tree('folder', [
      ...['b.parquet', 'a/z.parquet', 'a-b.parquet', 'a.parquet', 'B.parquet'],
      ...['\u{1f600}.parquet', '\uffee.parquet', 'read.me', 'c.PARQUET', 'parquet'],
    ]);
    expect(await found([folder])).toEqual([
      'folder/\uffee.parquet',
      'folder/\u{1f600}.parquet',
      'folder/B.parquet',
      'folder/a-b.parquet',
      'folder/a.parquet',
      'folder/a/z.parquet',
      'folder/b.parquet',
    ]);
  });

  it('leaves out what Spark and Hive do, but not partitions', async () => {
    const folder = tree('hidden', [
      ...['_temporary/0/a.parquet', '_delta_log/1.checkpoint.parquet', '_metadata.parquet'],
      ...['.hidden.parquet', '.git/a.parquet', '_year=2024/a.parquet', 'year=2023/a.parquet'],
    ]);
    expect(await found([folder])).toEqual([
      'hidden/_year=2024/a.parquet',
      'hidden/year=2023/a.parquet',
    ]);
  });

  it('finds what a glob matches, files only, hidden ones only where it names them', async () => {
    const folder = tree('glob', [
      'a/x.parquet',
      'a/y.txt',
      'a/_t/z.parquet',
      'b.parquet/c.parquet',
    ]);
    expect(await found([join(folder, '*/*.parquet')])).toEqual([
      'glob/a/x.parquet',
      'glob/b.parquet/c.parquet',
    ]);
    expect(await found([join(folder, '**')])).toEqual([
      'glob/a/x.parquet',
      'glob/a/y.txt',
      'glob/b.parquet/c.parquet',
    ]);
    expect(await found([join(folder, '*/_t/*')])).toEqual(['glob/a/_t/z.parquet']);
    expect(await found([join(relative('', folder), '{a,b}/x.parquet')])).toEqual([
      'glob/a/x.parquet',
    ]);
  });

  it('takes what exists under the very name for no glob', async () => {
    const folder = tree('odd', ['[1].parquet', '1.parquet', 'x*/a.parquet', 'xy/b.parquet']);
    expect(await found([join(folder, '[1].parquet')])).toEqual(['odd/[1].parquet']);
    expect(await found([join(folder, 'x*')])).toEqual(['odd/x*/a.parquet']);
  });

  it('takes file URLs', async () => {
    const folder = tree('by url', ['a b.parquet']);
    const url = pathToFileURL(folder).href;
    expect(await found([`${url}/a%20b.parquet`])).toEqual(['by url/a b.parquet']);
    expect(await found([url])).toEqual(['by url/a b.parquet']);
  });

  it('follows links, and refuses to walk in circles', async () => {
    const folder = tree('links', ['real/a.parquet', 'main/b.parquet']);
    symlinkSync(join(folder, 'real'), join(folder, 'main/linked'));
    symlinkSync(join(folder, 'real/a.parquet'), join(folder, 'main/c.parquet'));
    symlinkSync('nowhere', join(folder, 'main/dangling.parquet'));
    expect(await found([join(folder, 'main')])).toEqual([
      'links/main/b.parquet',
      'links/main/c.parquet',
      'links/main/dangling.parquet',
      'links/main/linked/a.parquet',
    ]);
    symlinkSync(folder, join(folder, 'main/circle'));
    const error = await rejection(found([join(folder, 'main')]));
    expect(error).toBeInstanceOf(DatasetFileError);
    expect(error.message).toMatch(/main\/circle\/main: leads in a circle/);
  });

  it.each([
    ['every', '**/*.parquet', ['main/b/b', 'main/linked/a', 'real/a', 'top/a']],
    ['one', '*/*.parquet', ['real/a', 'top/a']],
    ['ending', '{main,x}/**', ['main/b/b', 'main/linked/a']],
  ])('follows links by a glob as well, but not in circles: %s, %s', async (name, glob, files) => {
    const folder = tree(name, ['real/a.parquet', 'main/b/b.parquet']);
    symlinkSync(join(folder, 'real'), join(folder, 'main/linked'));
    symlinkSync(join(folder, 'real'), join(folder, 'top'));
    symlinkSync(folder, join(folder, 'main/circle'));
    expect(await found([join(folder, glob)])).toEqual(files.map((f) => `${name}/${f}.parquet`));
  });

  it('names a link to nothing that a glob matches', async () => {
    const folder = tree('dangling', ['a.parquet']);
    symlinkSync('nowhere', join(folder, 'b.parquet'));
    expect(await found([join(folder, '*.parquet')])).toEqual([
      'dangling/a.parquet',
      'dangling/b.parquet',
    ]);
  });

  it('keeps the order of the paths, whatever each stands for', async () => {
    const folder = tree('mixed', ['b/2.parquet', 'b/1.parquet', 'a.parquet']);
    expect(await found([join(folder, 'b'), join(folder, 'a.parquet')])).toEqual([
      'mixed/b/1.parquet',
      'mixed/b/2.parquet',
      'mixed/a.parquet',
    ]);
  });

  it('refuses a file that two paths lead to, however they are spelt', async () => {
    const folder = tree('twice', ['a.parquet']);
    const file = join(folder, 'a.parquet');
    const spelt = relative(process.cwd(), file);
    for (const [paths, message] of [
      [[file, file], `${file}: is given twice`],
      [[file, spelt], `${spelt}: is given twice, first as ${file}`],
      [[folder, join(folder, '*')], `${file}: is given twice`],
    ] as const) {
      expect((await rejection(found([...paths]))).message).toBe(message);
    }
  });

  it.each([
    ['an empty folder', () => tree('empty', ['x/read.me']), /empty: has no \*\.parquet file/],
    ['a glob without match', () => join(tree('none', ['a']), '*.parquet'), /: matches no file/],
    ['a URL of another machine', () => 'file://host/a', /is no file URL of this machine/],
  ])('refuses %s', async (_what, make, message) => {
    const error = await rejection(found([make()]));
    expect(error).toBeInstanceOf(DatasetFileError);
    expect(error.message).toMatch(message);
  });

  it('refuses more files than a dataset can have, before it has found them all', async () => {
    const folder = tree('many', ['a.parquet', 'b.parquet', 'c.parquet']);
    expect(await found([folder], 3)).toHaveLength(3);
    expect((await rejection(found([folder], 2))).message).toMatch(/has more than 2 files/);
    const [a, b, c] = ['a', 'b', 'c'].map((file) => join(folder, `${file}.parquet`)) as [
      string,
      string,
      string,
    ];
    expect((await rejection(found([a, b, c], 2))).message).toBe(
      `${c}: is one too many: a dataset has at most 2 files`,
    );
  });
});
