import { readSettings } from '../config/read.ts';
import { SETTINGS } from '../config/settings.ts';
import type { Sources } from '../config/sources.ts';
import type { Patience } from '../maintenance/patience.ts';
import type { Store } from '../store/store.ts';
import { UsageError } from './usage-error.ts';

/** How long a command waits for a store that does not answer, in all, in milliseconds. */
export const PATIENCE_MS = 60_000;

/** A store that is open, and how long to wait for it. */
export interface OpenStore {
  readonly store: Store;
  readonly patience: Patience;
}

/**
 * Runs an action on the store that the flags, the environment or the file name, and closes it.
 *
 * @param create whether to make the directory of a file store if it is not there.
 * @throws {UsageError} {@link ConfigError} {@link StoreConfigError} if the store cannot be opened.
 */
export async function withStore<T>(
  sources: Sources,
  create: boolean,
  action: (open: OpenStore) => Promise<T>,
): Promise<T> {
  const { store: url } = await readSettings({ store: SETTINGS.store }, sources);
  if (url === 'memory:') {
    throw new UsageError('--store: memory: is in no other process than the service that has it');
  }
  // Loaded only now: help and usage errors do without.
  const { openStore } = await import('../store/open.ts');
  const { Patience } = await import('../maintenance/patience.ts');
  const { systemRuntime } = await import('../server/system-runtime.ts');
  const store = await openStore(url, { create });
  try {
    return await action({ store, patience: new Patience(systemRuntime, PATIENCE_MS) });
  } finally {
    await store.close();
  }
}
