import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { ENTRY } from '../../support/catalogd-process.ts';
import { pinned, stopAtExit } from './processes.ts';

/** What a process holds, after a full collection of garbage. */
export interface Probe {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  /** Since the probe before. */
  readonly eventLoopP99Ms: number;
  /** What keeps the process busy, by kind: timers, sockets, requests. */
  readonly resources: Readonly<Record<string, number>>;
}

export interface ServiceOptions {
  /** URL of the store. */
  readonly store: string;
  readonly args?: readonly string[];
  /** The processor that it is bound to; absent: any. */
  readonly cpu?: number | undefined;
}

/** How long a start may take: all manifests may have to be read. */
const START_MS = 60 * 60_000;
/** How many lines of the log are kept for whoever looks into a failure. */
const KEPT_LINES = 100;
/** Of pino. */
const ERROR_LEVEL = 50;

const PROBE = pathToFileURL(`${import.meta.dirname}/probe.mjs`).href;

/** A catalogd in a process of its own, watched from outside. */
export class Service {
  readonly address: string;
  readonly pid: number;
  /** Lines of the log that tell of an error, or are no log lines at all: warnings of Node, traces. */
  readonly alarms: readonly string[];
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, address: string, folder: string, alarms: string[]) {
    this.#child = child;
    this.#folder = folder;
    this.address = address;
    this.pid = child.pid ?? 0;
    this.alarms = alarms;
  }

  /** Starts the service and waits until it is ready. @throws {Error} with the end of its log. */
  static async start({ store, args = [], cpu }: ServiceOptions): Promise<Service> {
    const folder = mkdtempSync(join(tmpdir(), 'catalogd-reliability-'));
    const command = [
      ...pinned(cpu, process.execPath),
      ...['--import', PROBE, ENTRY, 'serve', '--store', store, '--listen', '127.0.0.1:0'],
      ...['--start-timeout', '1h', ...args],
    ];
    const child = spawn(command[0] ?? '', command.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, RELIABILITY_PROBE: join(folder, 'probe') },
    });
    stopAtExit(child);
    const alarms: string[] = [];
    const lines: string[] = [];
    onLines(child.stderr, (line) => {
      if (lines.push(line) > KEPT_LINES) lines.shift();
      if (alarms.length < KEPT_LINES && isAlarm(line)) alarms.push(line);
    });
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let address = '';
    onLines(child.stdout, (line) => {
      address = / listens on (\S+)/.exec(line)?.[1] ?? address;
      if (/ is ready /.test(line)) resolve(address);
    });
    child.once('exit', () => reject(new Error(`catalogd ended:\n${lines.join('\n')}`)));
    const late = setTimeout(
      () => reject(new Error(`catalogd was not ready in time:\n${lines.join('\n')}`)),
      START_MS,
    );
    const found = await promise.finally(() => clearTimeout(late));
    return new Service(child, found, folder, alarms);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get port(): number {
    return Number(this.address.split(':').at(-1));
  }

  async probe(): Promise<Probe> {
    const socket = connect(join(this.#folder, 'probe'));
    return JSON.parse(await text(socket)) as Probe;
  }

  /** The open files of the process, sockets included. */
  openFiles(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** The connections of clients, in whatever state but over. */
  connections(): number {
    const [, ...rows] = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n');
    return rows.filter((row) => {
      const [, local = '', , state = ''] = row.trim().split(/\s+/);
      const port = Number.parseInt(local.split(':')[1] ?? '', 16);
      return port === this.port && state !== LISTENING && state !== TIME_WAIT;
    }).length;
  }

  /** One sample of `/metrics`, or the sum of those with that name. */
  async metric(name: string): Promise<number> {
    const answer = await fetch(`http://${this.address}/metrics`, {
      headers: { connection: 'close' },
    });
    const lines = (await answer.text()).split('\n');
    return lines
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** The state that `/readyz` tells. */
  async readiness(): Promise<{ readonly status: string; readonly reason?: string }> {
    const answer = await fetch(`http://${this.address}/readyz`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(5_000),
    });
    return (await answer.json()) as { status: string; reason?: string };
  }

  /** Ends it as an operator does. @returns the exit code, or the signal that ended it. */
  async stop(): Promise<number | string | null> {
    if (this.isRunning) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
    return this.#child.exitCode ?? this.#child.signalCode;
  }
}

/** Of /proc/net/tcp, proc_net_tcp.txt of the kernel. */
const LISTENING = '0A';
const TIME_WAIT = '06';

function onLines(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(take);
  });
}

function isAlarm(line: string): boolean {
  try {
    return (JSON.parse(line) as { level: number }).level >= ERROR_LEVEL;
  } catch {
    return line.trim() !== '';
  }
}
