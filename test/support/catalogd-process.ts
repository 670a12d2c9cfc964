import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Where a process is started from. */
export const ENTRY = fileURLToPath(new URL('../../bin/catalogd.js', import.meta.url));

/** A catalogd in a process of its own. */
export interface CatalogdProcess {
  readonly child: ChildProcess;
  /** `HOST:PORT`, as it printed it. */
  readonly address: string;
  /** All it has written to standard output. */
  stdout(): string;
  /** All it has written to standard error. */
  stderr(): string;
  /** Sends a signal and waits for the end: the exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** What became of a process that did not become ready. */
export class NotReadyError extends Error {
  readonly exitCode: number | null;
  readonly stderr: string;
  constructor(exitCode: number | null, stderr: string) {
    super(`catalogd ended with ${exitCode} before it was ready: ${stderr}`);
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/**
 * Starts `catalogd serve` on a free port and waits until it says that it is ready.
 *
 * @param entry what is started, where it is not this checkout's.
 * @throws {NotReadyError} if it ends before.
 */
export async function startProcess(
  store: string,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
  entry = ENTRY,
): Promise<CatalogdProcess> {
  const child = spawn(
    process.execPath,
    [entry, 'serve', '--store', store, '--listen', '127.0.0.1:0', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
  );
  let [out, err] = ['', ''];
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      out += chunk;
      if (/is ready/.test(out)) resolve();
    });
  });
  await Promise.race([ready, ended]);
  if (child.exitCode !== null) throw new NotReadyError(child.exitCode, err);
  const address = /listens on (\S+)/.exec(out)?.[1] ?? '';
  return {
    child,
    address,
    stdout: () => out,
    stderr: () => err,
    async end(signal) {
      child.kill(signal);
      const [code, by] = await ended;
      return code ?? by ?? 'SIGKILL';
    },
  };
}
