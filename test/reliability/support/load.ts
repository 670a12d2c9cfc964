import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinned, stopAtExit } from './processes.ts';

export interface LoadOptions {
  readonly address: string;
  readonly connections: number;
  /** How many seeded datasets are read and written. */
  readonly datasets: number;
  /** How many of the calls are registers; the others are gets. */
  readonly writeShare: number;
  /** The deadline of each call. */
  readonly timeoutMs: number;
  readonly seed: number;
}

/** Either a rate that is kept whatever the answers take, or calls in flight that follow each other. */
export interface Order {
  readonly perSecond?: number;
  readonly inFlight?: number;
  readonly seconds: number;
}

/** What happened in one second. */
export interface Second {
  readonly sent: number;
  /** Answered with OK, within the deadline. */
  readonly ok: number;
  /** Of these, the registers. */
  readonly writesOk: number;
  /** The others, by code and reason. */
  readonly codes: Readonly<Record<string, number>>;
  readonly withRetryInfo: number;
  /** Of the calls answered with OK. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Load from a process of its own. */
export class Load {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(options: LoadOptions, cpu?: number): Promise<Load> {
    const [execPath = '', ...execArgv] = pinned(cpu, process.execPath);
    const path = fileURLToPath(new URL('load-child.ts', import.meta.url));
    const child = fork(path, [JSON.stringify(options)], { execPath, execArgv });
    stopAtExit(child);
    await once(child, 'message');
    return new Load(child);
  }

  /** @returns each second of it. */
  async run(order: Order): Promise<Second[]> {
    this.#child.send(order);
    const [seconds] = (await once(this.#child, 'message')) as [Second[]];
    return seconds;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
