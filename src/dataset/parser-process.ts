import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FileProblem } from './errors.ts';
import type { ParsedFooter } from './footer-parser.ts';

/** What the child is asked. */
export interface Job {
  readonly footer: Uint8Array;
  readonly expected: string | undefined;
}

/** What the child answers. */
export type Outcome = { readonly footer: ParsedFooter } | { readonly problem: string };

/** Limits of one parser process. */
export interface ParserLimits {
  /** For one footer, in milliseconds. */
  readonly timeLimitMs: number;
  /** The child's heap, in MiB. */
  readonly heapLimitMib: number;
}

/** Until a process has started, in milliseconds: a bound for a machine that is very busy. */
const START_LIMIT_MS = 60_000;

/** What the child says on its standard error is kept only to tell why it ended. */
const MAX_STDERR = 64 * 1024;

// The sources run as they are and in the package compiled, side by side with this file either way.
const CHILD = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? './parser-child.ts' : './parser-child.js',
    import.meta.url,
  ),
);

/**
 * A process that parses one footer after another. Not a thread: on some footers V8 gives up and takes
 * the whole process along, whatever the limits of the thread.
 */
export class ParserProcess {
  readonly #child: ChildProcess;
  readonly #limits: ParserLimits;
  readonly #ended: Promise<Error>;
  #alive = true;

  private constructor(child: ChildProcess, limits: ParserLimits) {
    this.#child = child;
    this.#limits = limits;
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(0, MAX_STDERR);
    });
    this.#ended = new Promise((resolve) => {
      const end = (error: Error) => {
        this.#alive = false;
        resolve(error);
      };
      child.on('error', end);
      child.once('close', (code, signal) => end(new Error(reason(stderr, signal ?? code))));
    });
  }

  /** @throws {Error} if the process does not start. */
  static async start(limits: ParserLimits): Promise<ParserProcess> {
    const child = fork(CHILD, [String(2 * limits.timeLimitMs)], {
      execArgv: [`--max-old-space-size=${limits.heapLimitMib}`],
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const parser = new ParserProcess(child, limits);
    const ready = await parser.#answer(START_LIMIT_MS, () => {});
    if (ready === 'ready') return parser;
    await parser.kill();
    throw new Error(`cannot start a process to parse footers in: ${messageOf(ready)}`);
  }

  /** Whether it can take another footer. */
  get alive(): boolean {
    return this.#alive;
  }

  /**
   * Parses a footer; the process is dead afterwards if the footer was more than it could take.
   *
   * @throws {FileProblem}
   */
  async parse(job: Job): Promise<ParsedFooter> {
    const { timeLimitMs, heapLimitMib } = this.#limits;
    const answer = await this.#answer(timeLimitMs, () => this.#child.send(job, () => {}));
    if (answer === undefined) {
      await this.kill();
      throw new FileProblem(`has a footer that takes more than ${timeLimitMs} ms to parse`);
    }
    if (answer instanceof Error) {
      throw answer.message === OUT_OF_MEMORY
        ? new FileProblem(`has a footer that takes more than ${heapLimitMib} MiB to parse`)
        : new FileProblem(`has a footer that crashes the parser: ${answer.message}`);
    }
    const outcome = answer as Outcome;
    if ('problem' in outcome) throw new FileProblem(outcome.problem);
    return outcome.footer;
  }

  /** Ends the process, whatever it is doing. */
  async kill(): Promise<void> {
    this.#alive = false;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** The child's next message, the error it ended with, or `undefined` if neither comes in time. */
  async #answer(limitMs: number, ask: () => void): Promise<unknown> {
    let settle: (message: unknown) => void = () => {};
    const message = new Promise<unknown>((resolve) => {
      settle = resolve;
    });
    this.#child.once('message', settle);
    const timer = setTimeout(settle, limitMs, undefined);
    try {
      ask();
      return await Promise.race([message, this.#ended]);
    } finally {
      clearTimeout(timer);
      this.#child.off('message', settle);
    }
  }
}

const OUT_OF_MEMORY = 'out of memory';

function reason(stderr: string, end: string | number | null): string {
  if (/out of memory|Allocation failed/i.test(stderr)) return OUT_OF_MEMORY;
  const error = /^(?:FATAL ERROR|\w*Error)\b.*$/m.exec(stderr)?.[0];
  return `it ended with ${end}${error === undefined ? '' : `: ${error}`}`;
}

function messageOf(answer: unknown): string {
  return answer instanceof Error ? answer.message : `no answer within ${START_LIMIT_MS} ms`;
}
