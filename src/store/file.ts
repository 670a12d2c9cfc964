import { randomBytes } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import {
  OutcomeUnknownError,
  StoreConfigError,
  type StoreError,
  StoreUnavailableError,
} from './errors.ts';
import { stampNanos, stampSeconds } from './file-etag.ts';
import { foldsNames } from './file-names.ts';
import { createFileObjects } from './file-objects.ts';
import { codeOf, type FileSystem, nodeFileSystem } from './file-system.ts';
import { createPutWatch, walk } from './file-walk.ts';
import { createFolders } from './folders.ts';
import { checkKey } from './key.ts';
import { createKeyedMutex } from './keyed-mutex.ts';
import type { Store } from './store.ts';
import { withTimeLimit } from './time-limit.ts';

/** Settings of a file store; each has a default. */
export interface FileStoreOptions {
  /** How long one call may take, in milliseconds. A disk that hangs must not hang the catalog. */
  readonly timeLimitMs?: number;
  /** Whether to make the directory if it is not there. Default true. */
  readonly create?: boolean;
  readonly fileSystem?: FileSystem;
  /** The time of day, in milliseconds since 1970. */
  readonly now?: () => number;
  /** A new name at each call, as part of a file name. */
  readonly randomName?: () => string;
}

const TEMP = '_catalog/tmp';
const LOCK = '_catalog/lock';

/** How many files a listing looks at in one go. */
const LIST_BATCH = 32;

/**
 * Opens a store in a local directory, making it if need be, and locks it for this process until it
 * is closed. Each object is a file at its key. Writes are durable: a new file is fsynced, put in its
 * place by link (create) or rename, and its folder is fsynced. Needs a local file system with hard
 * links.
 *
 * The store's own files are `_catalog/tmp/` and `_catalog/lock*`; they are no objects.
 *
 * @throws {StoreConfigError} if the directory is in use, or cannot be used.
 */
export async function openFileStore(
  directory: string,
  options: FileStoreOptions = {},
): Promise<Store> {
  const {
    timeLimitMs = 30_000,
    create = true,
    fileSystem: fs = nodeFileSystem,
    now = Date.now,
    randomName = () => randomBytes(12).toString('hex'),
  } = options;
  if (directory === '' || directory.includes('\0')) {
    throw new StoreConfigError('the directory of a file store must have a name, as in file:./data');
  }
  const path = resolve(directory);

  let lock: DirectoryLock | undefined;
  try {
    if (create) await makeRoot(fs, path);
    const root = await fs.realPath(path);
    const tempFolder = `${root}/${TEMP}`;
    const folders = createFolders(fs, root, randomName);
    await folders.ensure(tempFolder);
    lock = await lockDirectory(path, `${root}/${LOCK}`, now);
    await removeLeftovers(fs, tempFolder);
    const folds = await foldsNames(fs, tempFolder, randomName);
    const objects = createFileObjects({
      fs,
      root,
      tempFolder,
      folders,
      keepsStamps: await keepsStamps(fs, tempFolder, randomName),
      foldsNames: folds,
      verifyLock: lock.verify,
      now,
      randomName,
    });
    return createStore(fs, path, root, objects, lock, { folds, timeLimitMs });
  } catch (error) {
    lock?.release();
    if (error instanceof StoreConfigError) throw error;
    throw new StoreConfigError(
      `directory ${path} cannot hold a store: ${(error as Error).message}`,
    );
  }
}

function createStore(
  fs: FileSystem,
  path: string,
  root: string,
  objects: ReturnType<typeof createFileObjects>,
  lock: DirectoryLock,
  { folds, timeLimitMs }: { folds: boolean; timeLimitMs: number },
): Store {
  const mutex = createKeyedMutex();
  const watch = createPutWatch();
  let closed = false;

  const checkOpen = () => {
    if (closed) throw new StoreUnavailableError(`the store in ${path} is closed`);
  };

  /** Runs `work` when nobody else is at `key`, within the time limit. */
  function exclusively<T>(
    key: string,
    work: () => Promise<T>,
    Late: new (message: string) => StoreError,
  ): Promise<T> {
    let state: 'waiting' | 'begun' | 'late' = 'waiting';
    const late = () => {
      const message = `${path}: no answer for ${key} within ${timeLimitMs} ms`;
      if (state === 'begun') return new Late(message);
      state = 'late';
      return new StoreUnavailableError(message);
    };
    const task = mutex.run(folds ? '' : key, async () => {
      if (state === 'late') throw late();
      state = 'begun';
      return work();
    });
    return withTimeLimit(task, timeLimitMs, late);
  }

  function check(key: string): void {
    checkKey(key);
    if (isOwnFile(key) || `${key}/`.startsWith(`${TEMP}/`)) {
      throw new TypeError(`${key} is a file of the store's own`);
    }
    checkOpen();
  }

  return {
    url: `file:${path}`,
    rootUri: uriOf(path),
    rootAliases: root === path ? [] : [uriOf(root)],
    exclusive: true,

    async get(key) {
      check(key);
      return exclusively(key, () => objects.get(key), StoreUnavailableError);
    },

    async put(key, body, mode) {
      check(key);
      const put = () => watch.during(key, () => objects.put(key, body, mode));
      return exclusively(key, put, OutcomeUnknownError);
    },

    async delete(key) {
      check(key);
      return exclusively(key, () => objects.delete(key), OutcomeUnknownError);
    },

    async *list(prefix) {
      const keys = walk(fs, root, prefix, watch);
      const late = () => new StoreUnavailableError(`${path}: no listing within ${timeLimitMs} ms`);
      const describe = (key: string) =>
        exclusively(key, () => objects.describe(key), StoreUnavailableError);
      for (let done = false; !done; ) {
        checkOpen();
        const batch: string[] = [];
        while (!done && batch.length < LIST_BATCH) {
          const key = await withTimeLimit(nextKey(keys, path), timeLimitMs, late);
          if (key === undefined) done = true;
          else if (isListed(key, prefix)) batch.push(key);
        }
        const objects = await Promise.all(batch.map(describe));
        yield objects.filter((object) => object !== undefined);
      }
    },

    async close() {
      if (closed) return;
      closed = true;
      // Only when nothing writes any more may another process have the directory; if that takes too
      // long, the lock is left to the end of this process.
      const late = () =>
        new StoreUnavailableError(`${path}: still writing after ${timeLimitMs} ms`);
      await withTimeLimit(mutex.idle(), timeLimitMs, late);
      lock.release();
    },
  };
}

function uriOf(path: string): string {
  return pathToFileURL(path).href.replace(/\/$/, '');
}

async function nextKey(keys: AsyncGenerator<string>, path: string): Promise<string | undefined> {
  try {
    const next = await keys.next();
    return next.done ? undefined : next.value;
  } catch (error) {
    if (error instanceof StoreConfigError) throw error;
    throw new StoreUnavailableError(`${path} cannot be listed: ${(error as Error).message}`);
  }
}

/**
 * Whether the key names the lock, in any case: where the file system ignores case, opening and
 * closing such a file would release the lock.
 */
function isOwnFile(key: string): boolean {
  return /^_catalog\/lock([.-].*)?$/.test(key.toLowerCase());
}

function isListed(key: string, prefix: string): boolean {
  return !isOwnFile(key) && (!key.startsWith(`${TEMP}/`) || prefix.startsWith(`${TEMP}/`));
}

/** Makes the folder and those above it, each durable in its parent. */
async function makeRoot(fs: FileSystem, path: string): Promise<void> {
  if ((await fs.stat(path)) !== undefined) return;
  await makeRoot(fs, dirname(path));
  try {
    await fs.makeFolder(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  await fs.syncFolder(await fs.realPath(dirname(path)));
}

async function removeLeftovers(fs: FileSystem, folder: string): Promise<void> {
  for await (const { name } of fs.entries(folder)) await fs.unlink(`${folder}/${name}`);
}

/**
 * Whether an mtime that is set is kept exactly; some file systems keep whole seconds. Also tries a
 * hard link, since nothing works without.
 */
async function keepsStamps(
  fs: FileSystem,
  folder: string,
  randomName: () => string,
): Promise<boolean> {
  const path = `${folder}/${randomName()}`;
  const stamp = (1_700_000_001n << 20n) + 349_525n;
  const file = await fs.createFile(path);
  try {
    await file.setModified(stampSeconds(stamp));
    await fs.link(path, `${path}-link`);
    await fs.unlink(`${path}-link`);
    return (await file.stat()).modified === stampNanos(stamp);
  } finally {
    await file.close();
    await fs.unlink(path);
  }
}
