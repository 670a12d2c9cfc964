import { constants, promises as fs } from 'node:fs';

/** What the file store asks a file system about an entry; times in nanoseconds since 1970. */
export interface FileStat {
  readonly kind: 'file' | 'folder' | 'other';
  readonly inode: bigint;
  readonly size: bigint;
  readonly modified: bigint;
  readonly changed: bigint;
}

/** An open file. */
export interface OpenFile {
  /** Writes all of `body`. */
  write(body: Uint8Array): Promise<void>;
  /** Reads to the end. */
  read(): Promise<Uint8Array>;
  stat(): Promise<FileStat>;
  /** Sets the time of modification, in seconds since 1970. */
  setModified(seconds: number): Promise<void>;
  /** fsync(2): content and attributes are on the disk when it resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The system calls that the file store makes, and no others: a test puts its own in their place to
 * see their order and to let any of them fail. Errors are Node's, with a `code`.
 */
export interface FileSystem {
  /** Makes a new file for writing; EEXIST if the name is taken. */
  createFile(path: string): Promise<OpenFile>;
  /** Opens for reading, without following a symbolic link (ELOOP) nor waiting for a FIFO's writer. */
  openFile(path: string): Promise<OpenFile>;
  /** The entry itself, not what a symbolic link points at; `undefined` if there is none. */
  stat(path: string): Promise<FileStat | undefined>;
  /** link(2): EEXIST if `to` is there, whatever it is. */
  link(from: string, to: string): Promise<void>;
  /** rename(2): replaces a file at `to`. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  removeFolder(path: string): Promise<void>;
  /** fsync(2) of a folder, not through a symbolic link: its entries are on the disk when it resolves. */
  syncFolder(path: string): Promise<void>;
  /** The absolute path without symbolic links. */
  realPath(path: string): Promise<string>;
  /** The entries of a folder, as they are named on the disk, in no order. */
  entries(path: string): AsyncIterable<{ readonly name: string; readonly isFolder: boolean }>;
}

/** The code of a system error, for example `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The file system of this machine. */
export const nodeFileSystem: FileSystem = {
  createFile: async (path) => openFile(await fs.open(path, 'wx')),
  openFile: async (path) =>
    openFile(await fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)),
  async stat(path) {
    try {
      return fileStat(await fs.lstat(path, { bigint: true }));
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  },
  link: (from, to) => fs.link(from, to),
  rename: (from, to) => fs.rename(from, to),
  unlink: (path) => fs.unlink(path),
  makeFolder: (path) => fs.mkdir(path),
  removeFolder: (path) => fs.rmdir(path),
  async syncFolder(path) {
    const handle = await fs.open(
      path,
      constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
    );
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  realPath: (path) => fs.realpath(path),
  async *entries(path) {
    for await (const entry of await fs.opendir(path, { bufferSize: 512 })) {
      yield { name: entry.name, isFolder: entry.isDirectory() };
    }
  },
};

function openFile(handle: fs.FileHandle): OpenFile {
  return {
    write: (body) => handle.writeFile(body),
    read: () => handle.readFile(),
    stat: async () => fileStat(await handle.stat({ bigint: true })),
    setModified: (seconds) => handle.utimes(seconds, seconds),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

function fileStat(stats: import('node:fs').BigIntStats): FileStat {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other',
    inode: stats.ino,
    size: stats.size,
    modified: stats.mtimeNs,
    changed: stats.ctimeNs,
  };
}
