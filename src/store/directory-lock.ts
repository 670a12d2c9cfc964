import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { StoreConfigError, StoreUnavailableError } from './errors.ts';

/** Held by one process, or one store within it, per directory. */
export interface DirectoryLock {
  /** @throws {StoreUnavailableError} if the lock file is no longer the one that was locked. */
  verify(): void;
  release(): void;
}

/** How long an opener waits for another one that is just being refused, or is ending. */
const BUSY_TIMEOUT_MS = 200;

/** SQLITE_BUSY, https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/**
 * Locks `directory` by an exclusive transaction on the SQLite file `lockFile`: Node has no flock,
 * and a lock of the kernel's is free as soon as its holder is dead, holds while the holder is
 * stopped, and does not depend on clocks or on pids, which containers have each their own of.
 *
 * Nothing else in this process may open `lockFile`: POSIX takes a process's locks on a file away
 * when any descriptor of it is closed (fcntl(2)). SQLite itself refuses a second connection in the
 * process.
 *
 * @param lockFile in a folder that exists; `lockFile` + `.holder` beside it says who holds the lock.
 * @throws {StoreConfigError} if it is locked, or cannot be.
 */
export async function lockDirectory(
  directory: string,
  lockFile: string,
  now: () => number,
): Promise<DirectoryLock> {
  const { DatabaseSync } = await import('node:sqlite');
  const holderFile = `${lockFile}.holder`;
  let database: InstanceType<typeof DatabaseSync> | undefined;
  try {
    database = new DatabaseSync(lockFile, { timeout: BUSY_TIMEOUT_MS });
    database.exec('BEGIN EXCLUSIVE');
    const holder = { pid: process.pid, host: hostname(), since: new Date(now()).toISOString() };
    writeFileSync(holderFile, JSON.stringify(holder));
  } catch (error) {
    database?.close();
    const { errcode, message } = error as Error & { errcode?: number };
    if (errcode === SQLITE_BUSY) {
      throw new StoreConfigError(
        `directory ${directory} is in use by ${readHolder(holderFile)}; stop it or choose another --store`,
      );
    }
    throw new StoreConfigError(
      `directory ${directory} cannot be locked by ${lockFile}: ${message}`,
    );
  }

  const held = database;
  const { ino, dev } = statSync(lockFile);
  return {
    verify() {
      const found = statSync(lockFile, { throwIfNoEntry: false });
      if (found?.ino === ino && found.dev === dev) return;
      throw new StoreUnavailableError(
        `the lock file ${lockFile} was removed or replaced while the store was in use, ` +
          'so another process may write there too; restart',
      );
    },
    release: () => held.close(),
  };
}

function readHolder(holderFile: string): string {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(holderFile, 'utf8'));
    return `process ${pid} on ${host} since ${since}`;
  } catch {
    return 'another process';
  }
}
