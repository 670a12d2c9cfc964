import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Twin } from './twin.ts';

/** The golden files of all format versions, each in a folder. */
export const GOLDEN_DIR = fileURLToPath(new URL('../golden', import.meta.url));

export interface Golden {
  /** Its path below the folder, without the extension. */
  readonly path: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly twin: Twin;
}

/** All golden files in the order of their paths. */
export function readGolden(): Golden[] {
  const paths = readdirSync(GOLDEN_DIR, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.parquet'))
    .map((path) => path.slice(0, -'.parquet'.length).replaceAll('\\', '/'))
    .sort();
  return paths.map((path) => {
    const file = join(GOLDEN_DIR, `${path}.parquet`);
    const json = readFileSync(join(GOLDEN_DIR, `${path}.json`), 'utf8');
    return { path, file, bytes: readFileSync(file), twin: JSON.parse(json) };
  });
}
