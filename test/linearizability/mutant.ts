import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Change } from './mutations.ts';

/** A copy of the sources with changes in it. */
export interface Mutant {
  /** What a replica of it runs. */
  readonly entry: string;
  remove(): Promise<void>;
}

const ROOT = join(import.meta.dirname, '../..');
const COPIED = new Set(['bin', 'src']);

/**
 * Copies this checkout to a folder of its own and changes the copy.
 *
 * @throws {Error} if a change does not find its place exactly once: then the sources have changed, and
 *   the mutation has to follow them.
 */
export async function makeMutant(changes: readonly Change[]): Promise<Mutant> {
  const folder = await mkdtemp(join(tmpdir(), 'catalogd-mutant-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (const part of await readdir(ROOT)) {
      if (part.startsWith('.')) continue;
      const [from, to] = [join(ROOT, part), join(folder, part)];
      // Node takes a module behind a link for where it really is: what imports the sources is copied.
      await (COPIED.has(part) ? cp(from, to, { recursive: true }) : symlink(from, to));
    }
    for (const change of changes) await apply(join(folder, 'src', change.file), change);
  } catch (error) {
    await remove();
    throw error;
  }
  return { entry: join(folder, 'bin/catalogd.js'), remove };
}

async function apply(path: string, change: Change): Promise<void> {
  await writeFile(path, changed(await readFile(path, 'utf8'), change));
}

/**
 * The text of a file with a change in it.
 *
 * @throws {Error} if the text has the place not once.
 */
export function changed(text: string, { file, before, after }: Change): string {
  const pieces = text.split(before);
  if (pieces.length !== 2) {
    throw new Error(`src/${file} has ${pieces.length - 1} times, not once: ${before}`);
  }
  return pieces.join(after);
}
