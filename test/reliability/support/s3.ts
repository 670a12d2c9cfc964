import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinned, stopAtExit } from './processes.ts';

/** How the S3 server behaves from now on. */
export type Weather =
  /** Answers each request after so many milliseconds. */
  | { readonly kind: 'up'; readonly latencyMs: number }
  /** Cuts every connection without an answer. */
  | { readonly kind: 'down' }
  /** Takes requests and answers none. */
  | { readonly kind: 'silent' }
  /** Answers each request with 503 SlowDown. */
  | { readonly kind: 'refusing' }
  /** Up and down in turn, each so long. */
  | { readonly kind: 'flapping'; readonly periodMs: number; readonly latencyMs: number };

export interface S3Options {
  readonly weather: Weather;
  /** How many datasets are there from the beginning, {@link seededName}. */
  readonly datasets?: number;
  /** How many of the names of {@link peerName} are written each second, as another replica would. */
  readonly peerWrites?: number;
  /** Whether there is a checkpoint of those already. Default false. */
  readonly checkpoint?: boolean;
  readonly cpu?: number | undefined;
}

/** The i-th of the datasets that are there from the beginning. */
export const seededName = (i: number): string => `seeded/dataset-${String(i).padStart(7, '0')}`;
/** The i-th of the datasets that another replica writes. */
export const peerName = (i: number): string => `peer/dataset-${String(i).padStart(4, '0')}`;
export const PEER_NAMES = 100;

/** The S3 double in a process of its own. */
export class S3 {
  /** Its URL, as the service takes it. */
  readonly store: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, store: string) {
    this.#child = child;
    this.store = store;
  }

  static async start(options: S3Options): Promise<S3> {
    process.env.AWS_ACCESS_KEY_ID = 'double';
    process.env.AWS_SECRET_ACCESS_KEY = 'double-secret';
    const [execPath = '', ...execArgv] = pinned(options.cpu, process.execPath);
    const path = fileURLToPath(new URL('s3-child.ts', import.meta.url));
    // Of `taskset -c 1 node s3-child.ts`, node is an argument.
    const child = fork(path, [JSON.stringify(options)], { execPath, execArgv });
    stopAtExit(child);
    const ended = once(child, 'exit').then(() => {
      throw new Error('the S3 double has ended');
    });
    const [store] = (await Promise.race([once(child, 'message'), ended])) as [string];
    ended.catch(() => {});
    return new S3(child, store);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  set(weather: Weather): void {
    this.#child.send(weather);
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
