import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { DataFile, OpenFile } from './data-file.ts';
import { FileProblem } from './errors.ts';

/**
 * A file of this machine. A symbolic link keeps its own name.
 *
 * @param path absolute, or relative to the working directory.
 */
export function localFile(path: string): DataFile {
  return { name: path, uri: pathToFileURL(path).href, open: () => openLocal(path) };
}

async function openLocal(path: string): Promise<OpenFile> {
  // Non-blocking, or opening a named pipe would wait for a writer.
  const handle = await reading(() => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    const stat = await reading(() => handle.stat());
    if (!stat.isFile()) throw new FileProblem('is not a regular file');
    return {
      sizeBytes: stat.size,
      etag: undefined,
      read: (position, length) => reading(() => readAt(handle, position, length)),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new FileProblem('became shorter while it was read');
    filled += bytesRead;
  }
  return buffer;
}

async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof FileProblem) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${message}`;
    throw new FileProblem(problem, { cause });
  }
}
