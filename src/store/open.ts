import { fileURLToPath } from 'node:url';
import { StoreConfigError } from './errors.ts';
import { openFileStore } from './file.ts';
import { createMemoryStore } from './memory.ts';
import type { Store } from './store.ts';

/**
 * Opens the store which a URL names:
 *
 * - `file:DIR`, with DIR taken as it is written, relative to the working directory or absolute;
 * - `file:///DIR`, a URL (RFC 8089), with percent-encoding decoded;
 * - `s3://bucket/prefix?endpoint=URL&region=NAME&path_style=true`;
 * - `memory:`, which is gone with the process.
 *
 * @param create whether to make the directory of a file store if it is not there.
 * @throws {StoreConfigError} if the URL is wrong, or the store cannot be opened as configured.
 */
export async function openStore(url: string, { create = true } = {}): Promise<Store> {
  if (url.startsWith('file:')) return openFileStore(directoryOf(url), { create });
  if (url.startsWith('s3:')) {
    // The SDK takes a quarter of a second to load, so only who needs it waits for it.
    const { openS3Store } = await import('./s3.ts');
    return openS3Store(url);
  }
  if (url === 'memory:') return createMemoryStore();
  // Only the scheme is repeated: the rest may hold credentials.
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(url)?.[0] ?? 'without a scheme';
  throw new StoreConfigError(
    `no store is known for a URL ${scheme}; accepted are file:DIR, s3://bucket/prefix and memory:`,
  );
}

function directoryOf(url: string): string {
  if (!url.startsWith('file://')) return url.slice('file:'.length);
  try {
    const parsed = new URL(url);
    if (parsed.search !== '' || parsed.hash !== '') throw new Error('it has a query or a fragment');
    return fileURLToPath(parsed);
  } catch (error) {
    throw new StoreConfigError(
      `a file URL must have the form file:///absolute/path: ${(error as Error).message}`,
    );
  }
}
