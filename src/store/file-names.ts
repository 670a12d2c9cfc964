import { KeyCollisionError } from './errors.ts';
import type { FileSystem } from './file-system.ts';

/**
 * Whether the file system takes names for equal which differ in case or in Unicode normalisation.
 *
 * @param folder where a file is made for the test and removed again.
 */
export async function foldsNames(
  fs: FileSystem,
  folder: string,
  randomName: () => string,
): Promise<boolean> {
  const base = `${folder}/${randomName()}-`;
  const probe = `${base}\u00e9a`;
  const file = await fs.createFile(probe);
  await file.close();
  const twins = await Promise.all([fs.stat(`${base}\u00e9A`), fs.stat(`${base}e\u0301a`)]);
  await fs.unlink(probe);
  return twins.some((twin) => twin !== undefined);
}

/**
 * Checks that what stands at `key` below `root`, as far as anything does, bears exactly its name.
 * Reads the folders on the way, since no system call tells a file's real name everywhere; so call it
 * only where {@link foldsNames}.
 *
 * @throws {KeyCollisionError} naming both.
 */
export async function checkRealName(fs: FileSystem, root: string, key: string): Promise<void> {
  let folder = root;
  for (const segment of key.split('/')) {
    const path = `${folder}/${segment}`;
    if ((await fs.stat(path)) === undefined) return;
    if (!(await hasEntry(fs, folder, segment))) {
      throw new KeyCollisionError(
        `the file system takes ${path} for another name that differs only in case or normalisation; choose a different name`,
      );
    }
    folder = path;
  }
}

async function hasEntry(fs: FileSystem, folder: string, name: string): Promise<boolean> {
  for await (const entry of fs.entries(folder)) {
    if (entry.name === name) return true;
  }
  return false;
}
