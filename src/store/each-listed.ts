import type { ListedObject, ListHints, Store } from './store.ts';

/** A listing object by object, for where the pages of {@link Store.list} are of no use. */
export async function* eachListed(
  store: Pick<Store, 'list'>,
  prefix: string,
  hints?: ListHints,
): AsyncGenerator<ListedObject> {
  for await (const page of store.list(prefix, hints)) yield* page;
}
