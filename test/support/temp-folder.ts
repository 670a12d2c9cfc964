import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** A new folder, removed when the test file that asked for it is done. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'catalogd-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
