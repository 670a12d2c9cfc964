import { pathToFileURL } from 'node:url';
import { type CatalogdProcess, startProcess } from '../support/catalogd-process.ts';
import type { Random } from './random.ts';
import { RawClient } from './raw-client.ts';

/** How the replicas of a cluster are started. */
export interface ReplicaOptions {
  /** URL of the store. */
  readonly store: string;
  /** What is run: `bin/catalogd.js` of this checkout or of a changed copy. */
  readonly entry: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const CLOCK = pathToFileURL(`${import.meta.dirname}/clock.mjs`).href;

/** Processes that run now: none may outlive this one. */
const running = new Set<CatalogdProcess>();
process.on('exit', () => {
  for (const { child } of running) child.kill('SIGKILL');
});

/** A place for one catalogd process after the other. */
export class Replica {
  readonly #number: number;
  readonly #options: ReplicaOptions;
  readonly #random: Random;
  #incarnation = 0;
  #process: CatalogdProcess | undefined;
  #client: RawClient | undefined;

  constructor(number: number, options: ReplicaOptions, random: Random) {
    this.#number = number;
    this.#options = options;
    this.#random = random;
  }

  /** The number and incarnation, for example `1#3`. */
  get id(): string {
    return `${this.#number}#${this.#incarnation}`;
  }

  /** A client of the process, while it serves. */
  get client(): RawClient | undefined {
    return this.#client;
  }

  /** All that the process has logged. */
  get log(): string {
    return this.#process?.stderr() ?? '';
  }

  /** Starts a new process, with a wall clock of its own, and waits until it is ready. */
  async start(): Promise<void> {
    const { store, args, env, entry } = this.#options;
    const clock = {
      CATALOGD_TEST_CLOCK_OFFSET_MS: String(Math.round(this.#random.between(-120_000, 120_000))),
      CATALOGD_TEST_CLOCK_STEP_MS: String(Math.round(this.#random.between(-30_000, 30_000))),
      CATALOGD_TEST_CLOCK_STEP_AFTER_MS: String(Math.round(this.#random.between(500, 4_000))),
    };
    const options = { ...env, ...clock, NODE_OPTIONS: `--import=${CLOCK}` };
    this.#process = await startProcess(store, options, args, entry);
    running.add(this.#process);
    this.#incarnation++;
    this.#client = new RawClient(this.#process.address);
  }

  /** Ends the process as kill -9 does; without effect if there is none. */
  async kill(): Promise<void> {
    const ending = this.#process;
    const client = this.#client;
    this.#client = undefined;
    await ending?.end('SIGKILL');
    if (ending !== undefined) running.delete(ending);
    client?.close();
  }

  /** SIGSTOP: the process stands still, its connections stay open. */
  pause(): void {
    if (this.#client !== undefined) this.#process?.child.kill('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): void {
    if (this.#client !== undefined) this.#process?.child.kill('SIGCONT');
  }
}
