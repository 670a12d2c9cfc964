import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SeedResult } from './run-seed.ts';

/**
 * Keeps all that tells what has happened in a run: history, violations, what the bucket held, and
 * what the replicas logged.
 *
 * @returns the folder.
 */
export async function keep(result: SeedResult, parent: string, title: string): Promise<string> {
  const folder = join(parent, title);
  const files = new Map<string, string | Uint8Array>([
    ['history.json', `${JSON.stringify(result.history)}\n`],
    ['violations.txt', result.violations.map((each) => `${each}\n`).join('')],
    ['faults.json', `${JSON.stringify(Object.fromEntries(result.faults), null, 2)}\n`],
  ]);
  for (const [name, bytes] of result.bucket) files.set(`bucket/${name}.parquet`, bytes);
  for (const [replica, log] of result.logs) files.set(`logs/${replica}.jsonl`, log);
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}
