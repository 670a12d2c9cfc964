import { readFile, stat } from 'node:fs/promises';
import { BadFile } from './bad-file.ts';

/** Bytes of a file that is read as a whole. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Between two looks at a file. */
const INTERVAL_MS = 5_000;

/** What a {@link WatchedFile} tells its operator. */
export interface FileLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What a file is, and what is made of it. */
export interface WatchedFileOptions<T> {
  readonly path: string;
  /** In the log: `policy`. */
  readonly what: string;
  /** @throws {BadFile} if the text is not fit. */
  readonly parse: (text: string) => T;
  readonly log: FileLog;
}

/** Waits, or until the signal fires. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/**
 * A file that is read anew when it changes. It is looked at every few seconds, by content: watching
 * the path would miss files that are put in place by swapping a symbolic link, as Kubernetes does. A
 * new version that is not fit is logged, and the last good one goes on to count.
 */
export class WatchedFile<T> {
  readonly #options: WatchedFileOptions<T>;
  #text: string | undefined;
  #value: T;
  #listener: () => void = () => {};

  private constructor(options: WatchedFileOptions<T>, text: string, value: T) {
    this.#options = options;
    this.#text = text;
    this.#value = value;
  }

  /** @throws {BadFile} if it cannot be read or is not fit; each problem begins with the path. */
  static async open<T>(options: WatchedFileOptions<T>): Promise<WatchedFile<T>> {
    const { path, parse } = options;
    try {
      const text = await read(path);
      return new WatchedFile(options, text, parse(text));
    } catch (error) {
      throw new BadFile(problemsOf(error).map((problem) => `${path}: ${problem}`));
    }
  }

  /** What the file says, as of its last good version. */
  get value(): T {
    return this.#value;
  }

  /** Calls back whenever the value is another one. */
  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  /** Looks at the file again and again until the signal fires. */
  async follow(sleep: Sleep, signal: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(INTERVAL_MS, signal);
      if (signal.aborted) return;
      await this.look();
    }
  }

  /** Looks at the file once. Never rejects. A version that is not fit is logged once. */
  async look(): Promise<void> {
    const { path, what, parse, log } = this.#options;
    let text: string | undefined;
    try {
      text = await read(path);
      if (text === this.#text) return;
      this.#value = parse(text);
      log.info({ path }, `the ${what} file has changed and counts from now on`);
      this.#listener();
    } catch (error) {
      if (text === undefined && this.#text === undefined) return;
      const problems = problemsOf(error);
      log.error(
        { path, problems },
        `the ${what} file is not fit; the last good one goes on to count`,
      );
    }
    this.#text = text;
  }
}

async function read(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > MAX_BYTES) throw new BadFile([`is longer than ${MAX_BYTES} bytes`]);
  return readFile(path, 'utf8');
}

function problemsOf(error: unknown): readonly string[] {
  if (error instanceof BadFile) return error.problems;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return [`cannot be read (${code ?? 'unknown error'})`];
}
