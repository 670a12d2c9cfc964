import { dirname } from 'node:path';
import { codeOf, type FileSystem } from './file-system.ts';

/** Makes folders, and makes what stands in them durable. */
export interface Folders {
  /** Makes `folder` and those above it where missing; durable, each in its parent, when it resolves. */
  ensure(folder: string): Promise<void>;
  /**
   * Makes durable, once, what a folder held when it was first met: an earlier process may have been
   * killed between the rename of a file and the fsync of its folder.
   */
  settle(folder: string): Promise<void>;
  /**
   * fsync of a folder after a change to its entries. It begins after this call, so that it holds the
   * change; calls that wait for it to begin share it. If it fails, or the one that it waits for, it
   * fails for all of them.
   */
  sync(folder: string): Promise<void>;
  /** Forgets what is known of the folders above a path that turned out to be missing. */
  forget(): void;
}

/**
 * @param root exists, and is durable where it is.
 * @param randomName gives a new name, as part of a path, at each call.
 */
export function createFolders(fs: FileSystem, root: string, randomName: () => string): Folders {
  const ensured = new Set<string>([root]);
  const settled = new Set<string>();
  const failed = new Set<string>();
  const begun = new Map<string, Promise<void>>();
  const waiting = new Map<string, Promise<void>>();

  function sync(folder: string): Promise<void> {
    const next = waiting.get(folder);
    if (next !== undefined) return next;
    const current = begun.get(folder);
    if (current === undefined) return begin(folder);
    const after = current.then(
      () => {
        waiting.delete(folder);
        return begin(folder);
      },
      (error: unknown) => {
        waiting.delete(folder);
        // The kernel may have dropped what was changed meanwhile with the rest: it is not asked again.
        throw error;
      },
    );
    waiting.set(folder, after);
    return after;
  }

  function begin(folder: string): Promise<void> {
    const syncing = syncNow(folder).finally(() => begun.delete(folder));
    begun.set(folder, syncing);
    return syncing;
  }

  async function syncNow(folder: string): Promise<void> {
    // After a failed fsync the kernel holds the pages for clean: a second one would succeed without
    // having written anything. A new entry makes them dirty again.
    if (failed.has(folder)) {
      const entry = `${folder}/.settle-${randomName()}`;
      await fs.makeFolder(entry);
      await fs.removeFolder(entry);
    }
    try {
      await fs.syncFolder(folder);
    } catch (error) {
      failed.add(folder);
      throw error;
    }
    failed.delete(folder);
  }

  async function ensure(folder: string): Promise<void> {
    if (ensured.has(folder)) return;
    const parent = dirname(folder);
    await ensure(parent);
    try {
      await fs.makeFolder(folder);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const found = await fs.stat(folder);
      if (found?.kind !== 'folder') throw new Error(`${folder} is not a folder`);
    }
    // Also when it was there: whoever made it may not have come to this point.
    await sync(parent);
    ensured.add(folder);
  }

  async function settle(folder: string): Promise<void> {
    if (settled.has(folder)) return;
    if (folder !== root) await settle(dirname(folder));
    await sync(folder);
    settled.add(folder);
  }

  const forget = () => {
    ensured.clear();
    ensured.add(root);
    settled.clear();
  };

  return { ensure, settle, sync, forget };
}
