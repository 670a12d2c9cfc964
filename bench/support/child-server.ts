import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own. */
export interface ChildServer {
  readonly pid: number;
  /** `HOST:PORT`. */
  readonly address: string;
}

/** How long a server may take until it listens. */
const START_MS = 30_000;

/**
 * Starts one of the servers of this folder's sibling `servers/`, which print their port once they
 * listen. The runner ends it.
 *
 * @throws {Error} if it does not listen in time.
 */
export async function startServer(
  file: string,
  args: readonly string[] = [],
): Promise<ChildServer> {
  const path = fileURLToPath(new URL(`../servers/${file}`, import.meta.url));
  const port = await firstLine(process.execPath, [path, ...args], (line) =>
    /^\d+$/.test(line) ? line : undefined,
  );
  return { pid: port.pid, address: `127.0.0.1:${port.found}` };
}

/** Starts a program and waits for a line of its output in which `find` finds something. */
export async function firstLine(
  command: string,
  args: readonly string[],
  find: (line: string) => string | undefined,
  limitMs = START_MS,
): Promise<{ readonly pid: number; readonly found: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let [rest, tail] = ['', ''];
  const look = (chunk: string) => {
    tail = (tail + chunk).slice(-2_000);
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const found = find(line);
      if (found !== undefined) resolve(found);
    }
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', look);
  child.once('error', reject);
  child.once('exit', (code) => reject(new Error(`${command} ended with ${code}: ${tail}`)));
  const late = setTimeout(
    () => reject(new Error(`${command} was not ready after ${limitMs} ms: ${tail}`)),
    limitMs,
  );
  try {
    const found = await promise;
    return { pid: child.pid ?? 0, found };
  } finally {
    clearTimeout(late);
  }
}
