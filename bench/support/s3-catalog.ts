import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { firstLine } from './child-server.ts';

/** Credentials that anything may have: the server checks none. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' };

/** The store's URL, in the form in which the store itself prints it. */
export const CATALOG_URL = (port: number | string): string =>
  `s3://catalog?endpoint=http%3A%2F%2F127.0.0.1%3A${port}&region=us-east-1&path_style=true`;

/** A store that holds a catalog of so many datasets, at `url`. */
export async function startS3Catalog(
  count: number,
  checkpoint: boolean,
): Promise<{ readonly pid: number; readonly url: string; readonly port: string }> {
  const path = fileURLToPath(new URL('../servers/s3-catalog.ts', import.meta.url));
  const args = [path, String(count), ...(checkpoint ? ['checkpoint'] : [])];
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
}

/** Starts catalogd on a store, alone on it, for the probe of a shared store is not what is measured. */
export async function startOn(url: string): Promise<Started> {
  const entry = fileURLToPath(new URL('../../bin/catalogd.js', import.meta.url));
  const args = [entry, 'serve', '--store', url, '--listen', '127.0.0.1:0', '--exclusive'];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...CREDENTIALS },
  });
  let text = '';
  let listening = 0;
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += chunk;
    if (listening === 0 && text.includes('listens on')) listening = performance.now();
    const ready = /is ready with (\d+)/.exec(text);
    if (ready === null) continue;
    const readyMs = performance.now() - listening;
    child.stdout.resume();
    const address = /listens on (\S+)/.exec(text)?.[1] ?? '';
    return { pid: child.pid ?? 0, address, readyMs, manifests: Number(ready[1]) };
  }
  throw new Error(`catalogd ended before it was ready: ${text}`);
}
