import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CATALOGD = fileURLToPath(new URL('../bin/catalogd.js', import.meta.url));

const COMMAND_LIMIT_MS = 60_000;

/** What has been started and has not ended yet. */
const running = new Set<ChildProcess>();

/** A step that did not go as the demo promises. */
export class DemoFailure extends Error {
  override name = 'DemoFailure';
}

/** What a step of the demo has to do to count as done. */
export interface Expected {
  /** Default: 0. */
  readonly exitCode?: number;
  /** What its output has to match, both streams together. */
  readonly output: readonly RegExp[];
}

/** A service in the background. */
export interface Background {
  readonly child: ChildProcess;
  /** Where it listens, as it printed it: `HOST:PORT`. */
  readonly address: string;
}

/** Prints a remark, as a shell comment. */
export function remark(text: string): void {
  print(`\n# ${text}`);
}

/** Prints one or more lines. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/**
 * Shows `$ catalogd ARGS`, runs it as a process of its own, shows what it prints, and checks it.
 *
 * @param address of the service, for `CATALOGD_ADDRESS`.
 * @returns its output, both streams together.
 * @throws {DemoFailure} if it ends otherwise than expected, or not within a minute.
 */
export async function catalogd(
  args: readonly string[],
  address: string,
  expected: Expected,
): Promise<string> {
  const child = start(args, { CATALOGD_ADDRESS: address });
  const output = collect(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_LIMIT_MS);
  // `close` comes after the last output, `exit` may not.
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  print(output().trimEnd());

  const wanted = expected.exitCode ?? 0;
  if (wanted !== 0) print(`$ echo $?\n${code}`);
  if (code !== wanted) throw new DemoFailure(`exit code ${code ?? signal}, expected ${wanted}`);
  check(output(), expected.output);
  return output();
}

/**
 * Shows `$ catalogd ARGS &`, starts the service, and waits until it says that it is ready.
 *
 * @throws {DemoFailure} if it is not within a minute.
 */
export async function serve(args: readonly string[]): Promise<Background> {
  const child = start(args, {}, ' &');
  const output = collect(child);
  const ready = Promise.withResolvers<void>();
  const fail = (why: string) => ready.reject(new DemoFailure(`the service ${why}: ${output()}`));
  child.stdout?.on('data', () => {
    if (/is ready/.test(output())) ready.resolve();
  });
  child.once('exit', (code) => fail(`ended with ${code}`));
  const timer = setTimeout(() => fail('was not ready within a minute'), COMMAND_LIMIT_MS);
  try {
    await ready.promise;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
  print(output().trimEnd());
  const address = /listens on (\S+)/.exec(output())?.[1];
  if (address === undefined) throw new DemoFailure('the service did not say where it listens');
  return { child, address };
}

/** Kills a service, as `kill -9` does, and waits until it is gone. */
export async function kill({ child }: Pick<Background, 'child'>): Promise<void> {
  if (!running.has(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Kills whatever is still running. */
export async function killAll(): Promise<void> {
  await Promise.all([...running].map((child) => kill({ child })));
}

/** @throws {DemoFailure} naming the first pattern which the text does not match. */
export function check(text: string, patterns: readonly RegExp[]): void {
  for (const pattern of patterns) {
    if (!pattern.test(text)) throw new DemoFailure(`the output does not match ${pattern}`);
  }
}

function start(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  suffix = '',
): ChildProcess {
  print(`$ catalogd ${args.map(quote).join(' ')}${suffix}`);
  // A setting of the machine's must not change what the demo shows.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CATALOGD_'));
  const child = spawn(process.execPath, [CATALOGD, ...args], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Reads both streams as they come; answers with a function that gives the text so far. */
function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}

/** As a POSIX shell wants it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
