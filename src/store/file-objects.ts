import { dirname } from 'node:path';
import {
  KeyCollisionError,
  ObjectTooLargeError,
  OutcomeUnknownError,
  PreconditionFailedError,
  StoreError,
  StoreUnavailableError,
} from './errors.ts';
import { contentEtag, isRacy, nextStamp, type Stamp, stampSeconds, statEtag } from './file-etag.ts';
import { checkRealName } from './file-names.ts';
import { codeOf, type FileStat, type FileSystem } from './file-system.ts';
import { neitherFileNorFolder } from './file-walk.ts';
import type { Folders } from './folders.ts';
import {
  type ListedObject,
  MAX_OBJECT_BYTES,
  type PutMode,
  type PutResult,
  type StoredObject,
} from './store.ts';

/** What the objects of a file store stand on. */
export interface FileObjectsContext {
  readonly fs: FileSystem;
  /** The folder of the store, without symbolic links. */
  readonly root: string;
  /** The folder for files that are being written; on the same file system as the rest. */
  readonly tempFolder: string;
  readonly folders: Folders;
  /** Whether the file system keeps a stamp as it was set; if not, every etag needs the content. */
  readonly keepsStamps: boolean;
  /** Whether names that differ only in case or normalisation are one name. */
  readonly foldsNames: boolean;
  /** Throws unless this process still has the directory to itself. */
  readonly verifyLock: () => void;
  readonly now: () => number;
  readonly randomName: () => string;
}

/**
 * The objects of a file store. Each method does what {@link Store} says of it, provided that nobody
 * else is at the same key.
 */
export interface FileObjects {
  get(key: string): Promise<StoredObject | undefined>;
  put(key: string, body: Uint8Array, mode: PutMode): Promise<PutResult>;
  delete(key: string): Promise<void>;
  /** The object as a listing shows it. */
  describe(key: string): Promise<ListedObject | undefined>;
}

/** rename(2), link(2) and unlink(2) have done nothing when they answer one of these. */
const NOTHING_DONE = new Set(
  'EACCES EPERM EROFS ENOSPC EDQUOT EMLINK ENOENT ENOTDIR EISDIR EXDEV ELOOP ENAMETOOLONG EBUSY ENOTEMPTY EINVAL'.split(
    ' ',
  ),
);

export function createFileObjects(context: FileObjectsContext): FileObjects {
  const { fs, root, tempFolder, folders, now } = context;
  let lastStamp: Stamp = 0n;
  /**
   * Keys whose last change can be seen and may not be durable. Their content is written anew before
   * it is shown, or a power cut could take back what a reader was given.
   */
  const suspects = new Set<string>();

  const pathOf = (key: string) => `${root}/${key}`;

  async function checkName(key: string): Promise<void> {
    if (context.foldsNames) await checkRealName(fs, root, key);
  }

  async function etagOf(stat: FileStat, body: () => Promise<Uint8Array>): Promise<string> {
    // What is too large to be read is not read for its etag either.
    const weak = stat.size <= MAX_OBJECT_BYTES && (!context.keepsStamps || isRacy(stat, now()));
    return weak ? contentEtag(stat, await body()) : statEtag(stat);
  }

  /** Writes a durable file under a name of its own, and leaves none behind if it fails. */
  async function writeTemp(body: Uint8Array): Promise<string> {
    await folders.ensure(tempFolder);
    const path = `${tempFolder}/${context.randomName()}`;
    const file = await fs.createFile(path);
    try {
      try {
        await file.write(body);
        lastStamp = nextStamp(lastStamp, now());
        await file.setModified(stampSeconds(lastStamp));
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      await discard(path);
      throw error;
    }
    return path;
  }

  /** A temporary file that cannot be removed now is removed when the store is next opened. */
  const discard = (path: string) => fs.unlink(path).catch(() => undefined);

  async function read(path: string): Promise<{ stat: FileStat; body: Uint8Array } | undefined> {
    let file: Awaited<ReturnType<FileSystem['openFile']>>;
    try {
      file = await fs.openFile(path);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
      throw error;
    }
    try {
      const before = await file.stat();
      if (before.kind === 'folder') return undefined;
      if (before.kind !== 'file') throw new Error(`${path} is not a regular file`);
      if (before.size > MAX_OBJECT_BYTES) {
        throw new ObjectTooLargeError(path, Number(before.size), statEtag(before));
      }
      const body = await file.read();
      const stat = await file.stat();
      if (statEtag(stat) !== statEtag(before) || stat.size !== BigInt(body.byteLength)) {
        throw new Error(`${path} was changed by another program while it was read`);
      }
      return { stat, body };
    } finally {
      await file.close();
    }
  }

  async function bodyOf(path: string): Promise<Uint8Array> {
    const found = await read(path);
    if (found === undefined) throw new Error(`${path} was removed by another program`);
    return found.body;
  }

  /** Makes the content of a suspect durable by writing it anew, as a file that never failed. */
  async function restore(key: string): Promise<void> {
    if (!suspects.has(key)) return;
    const path = pathOf(key);
    const found = await read(path);
    if (found !== undefined) {
      const temp = await writeTemp(found.body);
      try {
        await fs.rename(temp, path);
      } catch (error) {
        await discard(temp);
        throw error;
      }
    }
    await folders.sync(dirname(path));
    suspects.delete(key);
  }

  /**
   * Settles the folder of an object that is there, which fails if a symbolic link leads to it; or,
   * of one that is not, the folder which it could be in, if any.
   */
  async function settle(path: string, isThere: boolean): Promise<void> {
    try {
      await folders.settle(dirname(path));
    } catch (error) {
      if (isThere || !['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
    }
  }

  async function checkCondition(key: string, mode: PutMode): Promise<void> {
    const path = pathOf(key);
    const stat = await fs.stat(path);
    if (stat !== undefined && stat.kind !== 'file') throw new Error(`${path} is not a file`);
    if (mode.kind === 'create' && stat !== undefined) {
      throw new PreconditionFailedError(`${path} exists`);
    }
    if (mode.kind !== 'replace') return;
    if (stat === undefined) throw new PreconditionFailedError(`${path} does not exist`);
    const plain = statEtag(stat);
    if (mode.etag === plain) return;
    // An etag with a hash was given while the file was young, and holds for it when it no longer is.
    const current = mode.etag.startsWith(`${plain}-`)
      ? contentEtag(stat, await bodyOf(path))
      : plain;
    if (mode.etag === current) return;
    throw new PreconditionFailedError(`${path} has etag ${current}, not ${mode.etag}`);
  }

  async function put(key: string, body: Uint8Array, mode: PutMode): Promise<PutResult> {
    const path = pathOf(key);
    const temp = await definite(`${path} was not written`, async () => {
      context.verifyLock();
      await checkName(key);
      await restore(key);
      await checkCondition(key, mode);
      await folders.ensure(dirname(path));
      return writeTemp(body);
    });
    try {
      // link(2), unlike rename(2), never replaces: no other program's file is lost by a create.
      await (mode.kind === 'create' ? fs.link(temp, path) : fs.rename(temp, path));
    } catch (error) {
      await discard(temp);
      if (mode.kind === 'create' && codeOf(error) === 'EEXIST') {
        throw new PreconditionFailedError(`${path} exists`);
      }
      throw changeFailed(key, `${path} was not written`, error);
    }
    try {
      await folders.sync(dirname(path));
      if (mode.kind === 'create') await discard(temp);
      const stat = await fs.stat(path);
      if (stat === undefined) throw new Error('it was removed by another program');
      return { etag: await etagOf(stat, async () => body) };
    } catch (error) {
      suspects.add(key);
      throw new OutcomeUnknownError(`${path} was written, perhaps not durably: ${text(error)}`);
    }
  }

  async function remove(key: string): Promise<void> {
    const path = pathOf(key);
    const there = await definite(`${path} was not removed`, async () => {
      context.verifyLock();
      await checkName(key);
      const stat = await fs.stat(path);
      if (stat?.kind === 'other') throw new Error('it is not a regular file');
      const isThere = stat?.kind === 'file';
      if (!isThere) await restore(key);
      await settle(path, isThere);
      return isThere;
    });
    if (!there) return;
    try {
      await fs.unlink(path);
    } catch (error) {
      throw changeFailed(key, `${path} was not removed`, error);
    }
    try {
      await folders.sync(dirname(path));
      suspects.delete(key);
    } catch (error) {
      suspects.add(key);
      throw new OutcomeUnknownError(`${path} was removed, perhaps not durably: ${text(error)}`);
    }
  }

  /** Runs what changes nothing that anyone can see. */
  async function definite<T>(failure: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StoreError) throw error;
      if (codeOf(error) === 'ENOENT') folders.forget();
      throw new StoreUnavailableError(`${failure}: ${text(error)}`);
    }
  }

  function changeFailed(key: string, failure: string, error: unknown): StoreError {
    const code = codeOf(error) ?? '';
    if (code === 'ENOENT') folders.forget();
    if (NOTHING_DONE.has(code)) return new StoreUnavailableError(`${failure}: ${text(error)}`);
    suspects.add(key);
    return new OutcomeUnknownError(`perhaps ${failure}: ${text(error)}`);
  }

  return {
    put,

    get: (key) =>
      definite(`${pathOf(key)} cannot be read`, async () => {
        await checkName(key);
        await restore(key);
        const found = await read(pathOf(key));
        await settle(pathOf(key), found !== undefined);
        if (found === undefined) return undefined;
        return { body: found.body, etag: await etagOf(found.stat, async () => found.body) };
      }),

    async delete(key) {
      try {
        await remove(key);
      } catch (error) {
        // What stands there is another key's; of this one there is nothing.
        if (!(error instanceof KeyCollisionError)) throw error;
      }
    },

    describe: (key) =>
      definite(`${pathOf(key)} cannot be read`, async () => {
        const stat = await fs.stat(pathOf(key));
        if (stat?.kind === 'other') throw neitherFileNorFolder(pathOf(key));
        if (stat?.kind !== 'file') return undefined;
        const etag = await etagOf(stat, () => bodyOf(pathOf(key)));
        // The time of the last change of the inode: that of the content is part of the etag.
        const modifiedMs = Number(stat.changed / 1_000_000n);
        return { key, etag, sizeBytes: Number(stat.size), modifiedMs };
      }),
  };
}

const text = (error: unknown) => (error instanceof Error ? error.message : String(error));
