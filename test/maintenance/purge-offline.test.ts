import { expect, it } from '@jest/globals';
import { manifestKey } from '../../src/catalog/name.ts';
import { purgeOffline } from '../../src/maintenance/purge-offline.ts';
import { OutcomeUnknownError, StoreUnavailableError } from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { FaultyStore, failAfter } from '../support/faulty-store.ts';
import { contentOf, fileOf, fill, fillNewer, patience } from './support.ts';

const DELETED = { deletedAt: 1_790_000_002_000_000n };

async function filled() {
  const store = createMemoryStore();
  await fill(store, [
    fileOf('live'),
    fileOf('b', {}, DELETED),
    fileOf('a', { schemaFingerprint: '', objects: [] }, DELETED),
  ]);
  await store.put(manifestKey('torn'), Buffer.from('?'), { kind: 'create' });
  return store;
}

it('removes the files of deleted datasets, and no others', async () => {
  const store = await filled();
  const parts = { store, patience: patience() };
  expect(await purgeOffline(parts, ['b', 'live', 'none', 'torn'], false)).toMatchObject([
    { name: 'b', outcome: 'removed' },
    { name: 'live', outcome: 'live', problem: 'it is not deleted' },
    { name: 'none', outcome: 'absent' },
    { name: 'torn', outcome: 'unusable' },
  ]);
  expect([...(await contentOf(store)).keys()]).toEqual(['a', 'live', 'torn'].map(manifestKey));
});

it('leaves what a newer catalogd wrote', async () => {
  const store = createMemoryStore();
  await fillNewer(store, 'newer', { deleted_at: 2n });
  const before = await contentOf(store);
  expect(await purgeOffline({ store, patience: patience() }, ['newer'], false)).toMatchObject([
    { name: 'newer', outcome: 'unusable', problem: expect.stringContaining('upgrade') },
  ]);
  expect(await contentOf(store)).toEqual(before);
});

it('removes all that are deleted, and names what cannot be told', async () => {
  const store = await filled();
  const parts = { store, patience: patience() };
  const wouldBe = await purgeOffline(parts, undefined, true);
  expect((await contentOf(store)).size).toBe(4);
  const outcomes = await purgeOffline(parts, undefined, false);
  expect(outcomes).toEqual(wouldBe);
  expect(outcomes.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['a', 'removed'],
    ['b', 'removed'],
    ['torn', 'unusable'],
  ]);
  expect([...(await contentOf(store)).keys()]).toEqual(['live', 'torn'].map(manifestKey));
});

it('repeats a removal of unknown outcome, and says that the first one may land late', async () => {
  const store = new FaultyStore(await filled());
  let deletes = 0;
  store.always = (call) =>
    call.kind === 'delete' && deletes++ === 0
      ? failAfter(new OutcomeUnknownError('reset'))(call)
      : call.pass();
  const parts = { store, patience: patience() };
  expect(await purgeOffline(parts, ['b'], false)).toEqual([
    { name: 'b', outcome: 'undecided', problem: expect.stringContaining('start no replica') },
  ]);
  expect(deletes).toBe(2);
});

it('does not forget that one was of unknown outcome when the store is away after it', async () => {
  const store = new FaultyStore(await filled());
  const faults = [new OutcomeUnknownError('reset'), new StoreUnavailableError('refused')];
  store.always = (call) => {
    const fault = call.kind === 'delete' ? faults.shift() : undefined;
    return fault === undefined ? call.pass() : failAfter(fault)(call);
  };
  const parts = { store, patience: patience() };
  expect(await purgeOffline(parts, ['b'], false)).toMatchObject([
    { name: 'b', outcome: 'undecided' },
  ]);
});
