import type { ReadFooters } from '../dataset-request.ts';
import { counted } from './counted.ts';
import { formatBytes } from './manifest.ts';

/** What it took to describe the files; nothing where there were none. */
export function renderFooters(footers: ReadFooters | undefined): string {
  if (footers === undefined) return '';
  const read = formatBytes(BigInt(footers.bytesRead));
  return `\nread ${read} of ${counted(footers.files, 'file')}, of which only the footers\n`;
}
