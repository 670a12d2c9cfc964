import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach } from '@jest/globals';

const BIN = fileURLToPath(new URL('../../bin/catalogd.js', import.meta.url));

const running = new Set<ChildProcessByStdio<null, Readable, Readable>>();
afterEach(async () => {
  await Promise.all(
    [...running].map(async (child) => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }),
  );
});

/** A command line in a process of its own; killed after the test if it still runs. */
export interface Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** What it has printed so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Its exit code, or the signal that ended it, once all output has arrived. */
  readonly ended: Promise<number | string>;
  /** Waits for the text on standard output, and fails if the process ends without. */
  seen(text: string): Promise<void>;
}

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Arguments of Node itself. */
  readonly node?: readonly string[];
}

/** Starts `catalogd` by its plain JavaScript entry. */
export function startChild(args: readonly string[], options: ChildOptions = {}): Child {
  const child = spawn(process.execPath, [...(options.node ?? []), BIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return {
    process: child,
    out: () => out,
    err: () => err,
    ended,
    async seen(text) {
      while (!out.includes(text)) {
        const end = await Promise.race([once(child.stdout, 'data'), ended]);
        if (!Array.isArray(end) && !out.includes(text)) {
          throw new Error(`ended (${end}) without ${JSON.stringify(text)}: ${out}${err}`);
        }
      }
    },
  };
}

/** Runs `catalogd` to its end. */
export async function runChild(args: readonly string[], options: ChildOptions = {}) {
  const child = startChild(args, options);
  const code = await child.ended;
  return { code, out: child.out(), err: child.err() };
}

/** Starts `catalogd serve` on a free port, and waits until it is ready. */
export async function startService(store: string, args: readonly string[] = []) {
  const child = startChild(['serve', '--store', store, '--listen', '127.0.0.1:0', ...args]);
  await child.seen('is ready');
  const address = /listens on (\S+)/.exec(child.out())?.[1] ?? '';
  return { ...child, address };
}
