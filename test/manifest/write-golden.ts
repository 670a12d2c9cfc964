/**
 * Writes the golden files that do not exist yet: `node test/manifest/write-golden.ts`. A file that is
 * there is never touched: it stands for the files in users' buckets.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeManifest } from '../../src/manifest/encode.ts';
import { GOLDEN_DIR } from './golden.ts';
import { GOLDEN, GOLDEN_2 } from './samples.ts';
import { toTwin } from './twin.ts';

const files = Object.entries({ v1: GOLDEN, v2: GOLDEN_2 }).flatMap(([version, cases]) =>
  Object.entries(cases).map(([path, file]) => [`${version}/${path}`, file] as const),
);
for (const [path, file] of files) {
  const parquet = join(GOLDEN_DIR, `${path}.parquet`);
  if (existsSync(parquet)) {
    console.log(`kept    ${path}`);
    continue;
  }
  mkdirSync(dirname(parquet), { recursive: true });
  writeFileSync(parquet, encodeManifest(file), { flag: 'wx' });
  const twin = `${JSON.stringify(toTwin(file), null, 2)}\n`;
  writeFileSync(join(GOLDEN_DIR, `${path}.json`), twin, { flag: 'wx' });
  console.log(`written ${path}`);
}
