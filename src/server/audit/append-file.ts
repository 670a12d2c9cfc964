import { type FileHandle, open, stat } from 'node:fs/promises';

/** Owner and group may read who did what; others not. */
const MODE = 0o640;

/**
 * A file that is only ever appended to, and that may be renamed or removed at any time, as log rotation
 * does: what comes next goes to a new one under its name.
 */
export class AppendFile {
  readonly #path: string;
  #file: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Opens the file, and makes it if it is not there.
   *
   * @throws {Error} as Node does.
   */
  async open(): Promise<void> {
    this.#file = await openToAppend(this.#path);
  }

  /**
   * Appends some of the bytes.
   *
   * @param mayRotate whether they begin a line: a line is not split over two files.
   * @returns how many were appended; they are in the hands of the operating system.
   */
  async append(bytes: Buffer, mayRotate: boolean): Promise<number> {
    if (mayRotate && (await this.#isGone())) await this.close();
    this.#file ??= await openToAppend(this.#path);
    const { bytesWritten } = await this.#file.write(bytes);
    return bytesWritten;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** Whether the name stands for another file by now, or for none. */
  async #isGone(): Promise<boolean> {
    if (this.#file === undefined) return false;
    try {
      const [ours, named] = await Promise.all([this.#file.stat(), stat(this.#path)]);
      return ours.ino !== named.ino || ours.dev !== named.dev;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
      throw error;
    }
  }
}

/** A line that a crash has cut short is ended first. */
async function openToAppend(path: string): Promise<FileHandle> {
  const file = await open(path, 'a+', MODE);
  try {
    const { size } = await file.stat();
    const last = size === 0 ? undefined : await file.read(Buffer.alloc(1), 0, 1, size - 1);
    if (last !== undefined && last.buffer.toString() !== '\n') await file.write('\n');
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
