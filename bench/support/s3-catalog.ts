import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { firstLine } from './child-server.ts';

/** Credentials that anything may have: the server checks none. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' };

/** The store's URL, in the form in which the store itself prints it. */
export const CATALOG_URL = (port: number | string): string =>
  `s3://catalog?endpoint=http%3A%2F%2F127.0.0.1%3A${port}&region=us-east-1&path_style=true`;

/**
 * A store that holds a catalog of so many datasets, at `url`.
 *
 * @param checkpoint the share of them that a checkpoint has; 0 for none.
 */
export async function startS3Catalog(
  count: number,
  checkpoint: number,
): Promise<{ readonly pid: number; readonly url: string; readonly port: string }> {
  const path = fileURLToPath(new URL('../servers/s3-catalog.ts', import.meta.url));
  const args = [path, String(count), String(Math.floor(count * checkpoint))];
  const { pid, found: port } = await firstLine(
    process.execPath,
    ['--max-old-space-size=4096', ...args],
    (line) => (/^\d+$/.test(line) ? line : undefined),
    600_000,
  );
  return { pid, url: CATALOG_URL(port), port };
}

/** Lets each LIST of the store take so long from now on. */
export async function delayLists(port: string, ms: number): Promise<void> {
  await fetch(`http://127.0.0.1:${port}/list-delay/${ms}`, { method: 'POST' });
}

/** A catalogd that has started, and how long it took from when it listened until it was ready. */
export interface Started {
  readonly pid: number;
  readonly address: string;
  readonly readyMs: number;
  readonly manifests: number;
  /** Waits until it has printed something new, and gives what the pattern found. */
  printed(pattern: RegExp, limitMs: number): Promise<RegExpExecArray>;
}

/** As it is started where the probe of a shared store is not what is measured. */
const ALONE = ['--exclusive'];

/** Starts catalogd on a store. */
export async function startOn(
  url: string,
  args: readonly string[] = ALONE,
  nodeArgs: readonly string[] = [],
): Promise<Started> {
  const entry = fileURLToPath(new URL('../../bin/catalogd.js', import.meta.url));
  const child = spawn(
    process.execPath,
    [...nodeArgs, entry, 'serve', '--store', url, '--listen', '127.0.0.1:0', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...CREDENTIALS } },
  );
  let [text, ended] = ['', false];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
  }
  child.once('exit', () => {
    ended = true;
  });
  const printed = async (pattern: RegExp, limitMs: number) => {
    for (const late = performance.now() + limitMs; ; await sleep(2)) {
      const found = pattern.exec(text);
      if (found !== null) {
        text = text.slice(found.index + found[0].length);
        return found;
      }
      if (ended || performance.now() > late) throw new Error(`catalogd: no ${pattern}: ${text}`);
    }
  };
  const [, address = ''] = await printed(/listens on (\S+)/, 60_000);
  const listening = performance.now();
  const [, manifests] = await printed(/is ready with (\d+)/, 600_000);
  const readyMs = performance.now() - listening;
  return { pid: child.pid ?? 0, address, readyMs, manifests: Number(manifests), printed };
}
