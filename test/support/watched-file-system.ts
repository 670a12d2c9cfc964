import { type FileSystem, nodeFileSystem, type OpenFile } from '../../src/store/file-system.ts';

/** A system call as a test sees it, for example `rename _catalog/tmp/1 -> a`. */
export interface WatchedFileSystem extends FileSystem {
  /** The calls that change something or make it durable, in the order in which they ended. */
  readonly calls: string[];
  /**
   * Asked before each call; the code of the error with which it fails, without having been made.
   * After a `+` the call is made and then fails all the same, as on a lost reply.
   */
  fault: (call: string) => string | undefined;
}

/** The file system of this machine, with the paths below `root` written relative to it. */
export function watchFileSystem(root: string): WatchedFileSystem {
  const watched: WatchedFileSystem = {
    ...nodeFileSystem,
    calls: [],
    fault: () => undefined,
    createFile: async (path) =>
      watchFile(await run(`create ${name(path)}`, () => nodeFileSystem.createFile(path)), path),
    openFile: async (path) =>
      watchFile(await run(`open ${name(path)}`, () => nodeFileSystem.openFile(path)), path),
    link: (from, to) =>
      run(`link ${name(from)} -> ${name(to)}`, () => nodeFileSystem.link(from, to)),
    rename: (from, to) =>
      run(`rename ${name(from)} -> ${name(to)}`, () => nodeFileSystem.rename(from, to)),
    unlink: (path) => run(`unlink ${name(path)}`, () => nodeFileSystem.unlink(path)),
    makeFolder: (path) => run(`mkdir ${name(path)}`, () => nodeFileSystem.makeFolder(path)),
    removeFolder: (path) => run(`rmdir ${name(path)}`, () => nodeFileSystem.removeFolder(path)),
    syncFolder: (path) => run(`fsync ${name(path)}/`, () => nodeFileSystem.syncFolder(path)),
  };

  function name(path: string): string {
    return path.startsWith(root) ? path.slice(root.length + 1) : path;
  }

  async function run<T>(call: string, work: () => Promise<T>): Promise<T> {
    const code = watched.fault(call);
    if (code !== undefined && !code.startsWith('+')) throw systemError(code, call);
    const result = await work();
    if (!call.startsWith('open')) watched.calls.push(call);
    if (code !== undefined) throw systemError(code.slice(1), call);
    return result;
  }

  function watchFile(file: OpenFile, path: string): OpenFile {
    return {
      ...file,
      write: (body) => run(`write ${name(path)}`, () => file.write(body)),
      sync: () => run(`fsync ${name(path)}`, () => file.sync()),
    };
  }

  return watched;
}

function systemError(code: string, call: string): Error {
  return Object.assign(new Error(`${code}: injected, ${call}`), { code });
}
