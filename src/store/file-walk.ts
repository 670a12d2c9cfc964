import { StoreConfigError } from './errors.ts';
import { codeOf, type FileSystem } from './file-system.ts';

/** The error for what a listing must not pass over: what may be behind it would be lost without a word. */
export function neitherFileNorFolder(path: string): StoreConfigError {
  return new StoreConfigError(
    `${path} is neither a file nor a folder, such as a symbolic link; a store can hold nothing else, so take it away`,
  );
}

/** Knows which keys are put while a folder is being read. */
export interface PutWatch {
  /** Runs the put of `key`. */
  during<T>(key: string, put: () => Promise<T>): Promise<T>;
  /** A set of all keys whose put is under way now or begins before `end` is called on it. */
  begin(): Set<string>;
  end(keys: Set<string>): void;
}

export function createPutWatch(): PutWatch {
  const underWay = new Set<string>();
  const watching = new Set<Set<string>>();
  return {
    async during(key, put) {
      underWay.add(key);
      for (const keys of watching) keys.add(key);
      try {
        return await put();
      } finally {
        underWay.delete(key);
      }
    },
    begin() {
      const keys = new Set(underWay);
      watching.add(keys);
      return keys;
    },
    end: (keys) => {
      watching.delete(keys);
    },
  };
}

/**
 * The keys of all files below `root` that begin with `prefix`; symbolic links are not followed.
 * Lazy, folder by folder: memory holds the names of the folders on the way down.
 *
 * @param watch POSIX leaves open whether readdir(3) shows a name once, twice or not at all when
 *   rename(2) replaces its file meanwhile; so names are taken once, and those put meanwhile are added.
 */
export async function* walk(
  fs: FileSystem,
  root: string,
  prefix: string,
  watch: PutWatch,
): AsyncGenerator<string> {
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  let above = root;
  for (const segment of start.split('/').slice(0, -1)) {
    above = `${above}/${segment}`;
    const kind = (await fs.stat(above))?.kind;
    if (kind === 'other') throw neitherFileNorFolder(above);
    if (kind !== 'folder') return;
  }
  yield* walkFolder(fs, root, start, prefix, watch);
}

async function* walkFolder(
  fs: FileSystem,
  root: string,
  folder: string,
  prefix: string,
  watch: PutWatch,
): AsyncGenerator<string> {
  const files = new Set<string>();
  const folders = new Set<string>();
  const put = watch.begin();
  try {
    for await (const entry of fs.entries(`${root}/${folder}`)) {
      if (entry.name.includes('\ufffd')) await checkNamed(fs, `${root}/${folder}`, entry.name);
      (entry.isFolder ? folders : files).add(entry.name);
    }
  } catch (error) {
    // The folder went away, or is a file by now.
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    watch.end(put);
  }
  for (const key of put) {
    if (!key.startsWith(folder)) continue;
    const [name = '', ...below] = key.slice(folder.length).split('/');
    (below.length > 0 ? folders : files).add(name);
  }

  for (const name of files) {
    const key = folder + name;
    if (key.startsWith(prefix)) yield key;
  }
  for (const name of folders) {
    const below = `${folder}${name}/`;
    if (below.startsWith(prefix) || prefix.startsWith(below)) {
      yield* walkFolder(fs, root, below, prefix, watch);
    }
  }
}

/** Bytes that are no UTF-8 are shown as U+FFFD, and by that name there is nothing: it would count as gone. */
async function checkNamed(fs: FileSystem, folder: string, name: string): Promise<void> {
  if ((await fs.stat(folder + name)) !== undefined) return;
  throw new StoreConfigError(
    `${folder} has ${JSON.stringify(name)}, whose name is not UTF-8; a store can hold nothing else, so rename it or take it away`,
  );
}
