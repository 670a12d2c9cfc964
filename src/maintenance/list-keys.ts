import { eachListed } from '../store/each-listed.ts';
import type { ListedObject, Store } from '../store/store.ts';

/** What is kept of a listed object. */
export type ListedKey = Pick<ListedObject, 'key' | 'sizeBytes'>;

/**
 * All objects whose keys begin with one of the prefixes, each key once.
 *
 * @throws {StoreUnavailableError} if the store does not answer.
 */
export async function listKeys(store: Store, prefixes: readonly string[]): Promise<ListedKey[]> {
  const sizes = new Map<string, number>();
  for (const prefix of prefixes) {
    for await (const { key, sizeBytes } of eachListed(store, prefix)) sizes.set(key, sizeBytes);
  }
  return [...sizes].map(([key, sizeBytes]) => ({ key, sizeBytes }));
}
