import { eachListed } from '../../src/store/each-listed.ts';
import type { ListedObject, Store } from '../../src/store/store.ts';

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** An object with its body as text. */
export async function read(
  store: Store,
  key: string,
): Promise<{ text: string; etag: string } | undefined> {
  const object = await store.get(key);
  return object && { text: Buffer.from(object.body).toString(), etag: object.etag };
}

/** A whole listing. */
export async function all(store: Store, prefix: string): Promise<ListedObject[]> {
  const objects: ListedObject[] = [];
  for await (const object of eachListed(store, prefix)) objects.push(object);
  return objects;
}

/** Does `work` on all items, `limit` of them at a time. */
export async function inParallel<T>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: limit }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}
