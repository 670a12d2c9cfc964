import type { Dirent } from 'node:fs';
import { glob, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inByteOrder } from './byte-order.ts';
import type { DataFile } from './data-file.ts';
import { DatasetFileError } from './errors.ts';
import { localFile } from './local-file.ts';
import { isDataFile, isVisible } from './visible.ts';

/**
 * The files which a local path stands for: a file, all data files within a folder and the folders in
 * it, or all files that a glob matches (`*`, `**`, `?`, `[...]`, `{a,b}`). What exists under the very
 * name is no glob. Files found come in byte order of their URIs.
 *
 * @param text a path, or a `file:` URL.
 * @param maxFiles the search ends with an error above it.
 * @throws {DatasetFileError} if nothing is found, or something on the way cannot be read.
 */
export async function localFiles(text: string, maxFiles: number): Promise<readonly DataFile[]> {
  const path = text.startsWith('file://') ? pathOfUrl(text) : text;
  const found = await kindOf(path);
  if (found === 'file' || (found === 'nothing' && !/[*?[{]/.test(path))) return [localFile(path)];
  const paths: string[] = [];
  for await (const each of found === 'folder' ? walk(path, []) : matches(path)) {
    paths.push(each);
    if (paths.length > maxFiles) {
      throw new DatasetFileError(
        text,
        `has more than ${maxFiles} files; a dataset has at most as many`,
      );
    }
  }
  if (paths.length === 0) {
    throw new DatasetFileError(
      text,
      found === 'folder'
        ? 'has no *.parquet file, hidden ones and those below _ folders left aside'
        : 'matches no file',
    );
  }
  return inByteOrder(paths.map(localFile), ({ uri }) => uri);
}

function pathOfUrl(text: string): string {
  try {
    return fileURLToPath(text);
  } catch (cause) {
    throw new DatasetFileError(text, `is no file URL of this machine: ${(cause as Error).message}`);
  }
}

/** Other than a folder, whatever exists counts as a file: reading it will tell. */
async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'nothing' : 'file';
  }
}

/** Links are followed, or part of a dataset would be left out in silence; only not in circles. */
async function* walk(folder: string, above: readonly string[]): AsyncGenerator<string> {
  const real = await reading(folder, () => realpath(folder));
  if (above.includes(real)) {
    throw new DatasetFileError(folder, `leads in a circle: it is a link to a folder that it is in`);
  }
  const entries = await reading(folder, () => readdir(folder, { withFileTypes: true }));
  for (const entry of entries) {
    if (!isVisible(entry.name)) continue;
    const path = join(folder, entry.name);
    if (await isFolder(entry, path)) yield* walk(path, [...above, real]);
    else if (isDataFile(entry.name)) yield path;
  }
}

async function isFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return (await kindOf(path)) === 'folder';
}

async function reading<T>(folder: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new DatasetFileError(folder, `cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/**
 * The files, not the folders, that a glob matches; hidden ones only where the glob names them. Links are
 * followed as {@link walk} follows them, but for those in circles, whose files it has found before.
 */
async function* matches(pattern: string): AsyncGenerator<string> {
  const named = new Set(pattern.split(/[/\\]/));
  for await (const path of glob(pattern, { followSymlinks: true })) {
    const visible = path.split(sep).every((part) => named.has(part) || isVisible(part));
    // A link to nothing is yielded as well: reading it will tell.
    if (visible && (await kindOf(path)) !== 'folder') yield path;
  }
}
