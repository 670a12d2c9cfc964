import type { Patience } from '../maintenance/patience.ts';
import type { Store } from '../store/store.ts';
import { readSetting, type Setting, type Source, settingText } from './settings.ts';
import { STORE } from './store-settings.ts';
import { UsageError } from './usage-error.ts';

/** How long a command waits for a store that does not answer, in all, in milliseconds. */
export const PATIENCE_MS = 60_000;

/** A store that is open, and how long to wait for it. */
export interface OpenStore {
  readonly store: Store;
  readonly patience: Patience;
}

/**
 * Runs an action on the store that the flags or the environment name, and closes it.
 *
 * @param create whether to make the directory of a file store if it is not there.
 * @throws {UsageError} {@link StoreConfigError} if the store cannot be opened.
 */
export async function withStore<T>(
  source: Source,
  create: boolean,
  action: (open: OpenStore) => Promise<T>,
): Promise<T> {
  const url = readSetting(STORE, source);
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

/**
 * The value of a setting that may be missing.
 *
 * @throws {UsageError} as {@link readSetting} does.
 */
export function readOptional<T>(setting: Setting<T>, source: Source): T | undefined {
  const found = settingText(setting, source);
  return found && readSetting({ ...setting, default: found.text }, source);
}
