import { expect, it } from '@jest/globals';
import { eachListed } from '../../src/store/each-listed.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { describeStoreContract } from './conformance.ts';
import { bytes } from './objects.ts';

describeStoreContract('memory', async () => createMemoryStore());

it('ends a listing though each object is removed and created anew as it is shown', async () => {
  const store = createMemoryStore();
  for (const key of ['a', 'b', 'c']) await store.put(key, bytes(key), { kind: 'create' });
  const shown: string[] = [];
  for await (const { key } of eachListed(store, '')) {
    shown.push(key);
    if (shown.length > 10) break;
    await store.delete(key);
    await store.put(key, bytes(key), { kind: 'create' });
  }
  expect(shown).toEqual(['a', 'b', 'c']);
});
