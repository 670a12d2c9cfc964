import { expect, it } from '@jest/globals';
import { OutcomeUnknownError, StoreUnavailableError } from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openRegistry, patient, registerCall } from '../support/catalog.ts';
import { FaultyStore, failAfter, failBefore } from '../support/faulty-store.ts';

it('watchers of a replica that is alone are told of a write of unknown outcome once it is known', async () => {
  const store = new FaultyStore(createMemoryStore());
  const registry = await openRegistry({ store });
  const events = registry.watch('', '', patient);
  expect((await events.next()).value?.kind).toBe('synced');
  store.putFaults = [failAfter(new OutcomeUnknownError('the answer was lost'))];
  store.always = failBefore(new StoreUnavailableError('away'));
  const write = registry.register(registerCall({ name: 'a' }), patient);
  await expect(write).rejects.toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
  expect(registry.undecided).toBe(1);

  // The store is back, and nobody asks for the dataset.
  store.always = ({ pass }) => pass();
  const stop = new AbortController();
  const following = registry.follow(10, stop.signal);
  let kind: string | undefined = 'heartbeat';
  for (let i = 0; i < 100 && kind === 'heartbeat'; i++) kind = (await events.next()).value?.kind;
  stop.abort();
  await following;
  expect(kind).toBe('put');
  expect(registry.undecided).toBe(0);
});
