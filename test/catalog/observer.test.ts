import { describe, expect, it } from '@jest/globals';
import type { Caller, Change } from '../../src/catalog/call.ts';
import type { CatalogObserver } from '../../src/catalog/observer.ts';
import type { Registry } from '../../src/catalog/registry.ts';
import { OutcomeUnknownError, StoreUnavailableError } from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openRegistry, patient, registerCall } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { FaultyStore, failAfter, failBefore } from '../support/faulty-store.ts';

/** Notes everything that is told. */
function recorder() {
  const told: string[] = [];
  const note =
    (what: string) =>
    (...args: readonly unknown[]) =>
      void told.push([what, ...args].join(' '));
  const observer: CatalogObserver = {
    lostRace: note('lostRace'),
    undecided: note('undecided'),
    settled: note('settled'),
    wroteTogether: note('wroteTogether'),
    checkpointed: (outcome, _, datasets) => void told.push(`checkpointed ${outcome} ${datasets}`),
    refreshed: (ok) => void told.push(`refreshed ${ok}`),
    watchEvent: note('watchEvent'),
    watchCoalesced: note('watchCoalesced'),
    watchDropped: note('watchDropped'),
    step: (step) => {
      told.push(`${step} begins`);
      return note(`${step} ends`);
    },
  };
  return { told, observer };
}

function auditing() {
  const changes: string[] = [];
  const caller: Caller = {
    ...patient,
    async onChange({ method, name, fromVersion, toVersion, requestId, outcome }: Change) {
      changes.push(`${method} ${name} ${fromVersion}->${toVersion} ${requestId} ${outcome}`);
    },
  };
  return { changes, caller };
}

describe('what the catalog tells of itself', () => {
  it('names the steps of a write', async () => {
    const { told, observer } = recorder();
    const registry = await openRegistry({ observer });
    await registry.register(registerCall(), patient);
    expect(told).toEqual(['lock begins', 'lock ends', 'decide begins', 'decide ends']);
  });

  it('counts lost races', async () => {
    const { told, observer } = recorder();
    const store = createMemoryStore();
    // One runtime, so that no two writes have one id.
    const both = { store, shared: true, runtime: new FakeRuntime() };
    const ours = await openRegistry({ ...both, observer });
    const theirs = await openRegistry(both);
    await theirs.register(registerCall(), patient);
    await ours.register(registerCall(), patient);
    expect(told.filter((each) => each === 'lostRace')).toHaveLength(1);
  });

  it('counts a put of unknown outcome when it happens and when it is settled', async () => {
    const { told, observer } = recorder();
    const store = new FaultyStore(createMemoryStore());
    const registry = await openRegistry({ store, observer });
    store.putFaults = [failAfter(new OutcomeUnknownError('the answer was lost'))];
    await registry.register(registerCall(), patient);
    expect(told.filter((each) => each === 'undecided' || each === 'settled')).toEqual([
      'undecided',
      'settled',
    ]);
    expect(registry.undecided).toBe(0);
  });

  it('tells how refreshes end', async () => {
    const { told, observer } = recorder();
    const store = new FaultyStore(createMemoryStore());
    const registry = await openRegistry({ store, shared: true, observer });
    await registry.refresh();
    store.always = failBefore(new StoreUnavailableError('away'));
    await expect(registry.refresh()).rejects.toThrow();
    expect(told).toEqual(['refreshed true', 'refreshed false']);
  });

  it('tells of a put that held several writes', async () => {
    const { told, observer } = recorder();
    const registry = await openRegistry({ observer });
    await Promise.all([1, 2, 3].map(() => registry.register(registerCall(), patient)));
    expect(told.filter((each) => each.startsWith('wrote'))).toEqual(['wroteTogether 3']);
  });

  it('tells how checkpoints end', async () => {
    const { told, observer } = recorder();
    const store = new FaultyStore(createMemoryStore());
    const registry = await openRegistry({ store });
    await registry.register(registerCall(), patient);
    const restarted = await openRegistry({ store, observer });
    await restarted.checkpoint();
    store.always = failBefore(new StoreUnavailableError('away'));
    await expect(restarted.checkpoint()).rejects.toThrow();
    expect(told).toEqual(['checkpointed ok 1', 'checkpointed failed 0']);
  });
});

describe('a caller that is told of the changes it makes', () => {
  const all = async (registry: Registry, caller: Caller) => {
    const call = { name: 'sales/orders', expectedEtag: '', requestId: '', validateOnly: false };
    await registry.register(registerCall({ requestId: 'r-1' }), caller);
    await registry.delete({ ...call, allowMissing: false }, caller);
    await registry.undelete(call, caller);
  };

  it('hears of each with its versions', async () => {
    const { changes, caller } = auditing();
    await all(await openRegistry(), caller);
    expect(changes).toEqual([
      'RegisterManifest sales/orders 0->1 r-1 done',
      'DeleteManifest sales/orders 1->2  done',
      'UndeleteManifest sales/orders 2->3  done',
    ]);
  });

  it('hears nothing of replays, refusals, trials and failures', async () => {
    const { changes, caller } = auditing();
    const store = new FaultyStore(createMemoryStore());
    const registry = await openRegistry({ store });
    await registry.register(registerCall({ requestId: 'r-1' }), patient);
    await registry.register(registerCall({ requestId: 'r-1' }), caller);
    await registry.register(registerCall({ validateOnly: true }), caller);
    await expect(
      registry.register(registerCall({ schemaFingerprint: 'fp-2' }), caller),
    ).rejects.toThrow('fp-2');
    store.putFaults = [failBefore(new StoreUnavailableError('away'))];
    await expect(registry.register(registerCall(), caller)).rejects.toThrow();
    expect(changes).toEqual([]);
  });

  it('hears of one whose outcome cannot be told', async () => {
    const { changes, caller } = auditing();
    const store = new FaultyStore(createMemoryStore());
    const registry = await openRegistry({ store });
    store.putFaults = [failBefore(new OutcomeUnknownError('no answer'))];
    store.always = failBefore(new StoreUnavailableError('away'));
    await expect(registry.register(registerCall(), caller)).rejects.toThrow('outcome is not known');
    expect(changes).toEqual(['RegisterManifest sales/orders 0->1  unknown']);
  });

  it('is not answered before it has heard', async () => {
    const heard = Promise.withResolvers<void>();
    const registry = await openRegistry();
    let answered = false;
    const answer = registry.register(registerCall(), {
      ...patient,
      onChange: () => heard.promise,
    });
    void answer.then(() => {
      answered = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    heard.resolve();
    await answer;
  });
});
