import { describe, expect, it } from '@jest/globals';
import {
  ErrDeadlineExceeded,
  ErrFingerprintConflict,
  ErrManifestNotFound,
  ErrTooBusy,
} from '../../src/catalog/errors.ts';
import { KeyLock } from '../../src/catalog/key-lock.ts';
import type { RegistryOptions } from '../../src/catalog/registry-options.ts';
import type { WriteAnswer } from '../../src/catalog/write-answer.ts';
import { eachListed } from '../../src/store/each-listed.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import {
  leavingCaller,
  openRegistry,
  patient,
  registerCall,
  storedFile,
} from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { FaultyStore } from '../support/faulty-store.ts';

const name = 'new';

/** The lock that the contract forbids to leave out (R5). */
class NoLock extends KeyLock {
  override run<T>(_key: string, task: () => Promise<T>): Promise<T> {
    return task();
  }
}

/** A store whose puts overlap, as those over a network do. */
function overlapping() {
  const beneath = createMemoryStore();
  const store = new FaultyStore(beneath);
  store.always = async ({ pass }) => {
    await new Promise((resolve) => setImmediate(resolve));
    return pass();
  };
  return { beneath, store };
}

async function race(
  callers: number,
  fingerprints: readonly string[],
  options: Partial<RegistryOptions> = {},
) {
  const { beneath, store } = overlapping();
  const registry = await openRegistry({ store, ...options });
  const results = await Promise.allSettled(
    Array.from({ length: callers }, (_, i) => {
      const schemaFingerprint = fingerprints[i % fingerprints.length] ?? '';
      return registry.register(registerCall({ name, schemaFingerprint }), patient);
    }),
  );
  const won = results
    .filter((r): r is PromiseFulfilledResult<WriteAnswer> => r.status === 'fulfilled')
    .map(({ value }) => value);
  const errors = results
    .filter((r): r is PromiseRejectedResult => r.status === 'rejected')
    .map(({ reason }) => reason);
  const keys: string[] = [];
  for await (const { key } of eachListed(beneath, '')) keys.push(key);
  return { won, errors, keys, beneath };
}

async function oneFingerprint(callers: number, options: Partial<RegistryOptions> = {}) {
  const { won, errors, keys, beneath } = await race(callers, ['fp'], options);
  expect(errors).toEqual([]);
  expect(won.filter(({ existing }) => !existing)).toHaveLength(1);
  expect(new Set(won.map(({ entry }) => entry?.datasetId)).size).toBe(1);
  const versions = won.map(({ version }) => Number(version)).sort((a, b) => a - b);
  expect(versions).toEqual(Array.from({ length: callers }, (_, i) => i + 1));
  expect(keys).toEqual(['_catalog/manifests/new.parquet']);
  expect((await storedFile(beneath, name))?.manifest.version).toBe(BigInt(callers));
}

describe('1,000 concurrent registers of one new name', () => {
  it('with one fingerprint: one created, 999 existing, one file, versions 1 to 1,000', () =>
    oneFingerprint(1_000));

  it('fails that without the lock', async () => {
    await expect(oneFingerprint(30, { lock: new NoLock(10_000) })).rejects.toThrow();
  });

  it('with two fingerprints: one of them wins, all others get the conflict', async () => {
    const { won, errors, beneath } = await race(1_000, ['fp-a', 'fp-b']);
    expect(won).toHaveLength(500);
    expect(errors).toHaveLength(500);
    expect(errors.every((error) => error instanceof ErrFingerprintConflict)).toBe(true);
    const winner = (await storedFile(beneath, name))?.manifest.schemaFingerprint;
    expect(new Set(won.map(({ entry }) => entry?.schemaFingerprint))).toEqual(new Set([winner]));
  });
});

describe('a slow store', () => {
  it('holds up neither reads nor writes to other names: 64 names take as long as one', async () => {
    const store = new FaultyStore(createMemoryStore());
    const registry = await openRegistry({ store });
    await registry.register(registerCall({ name: 'there' }), patient);
    const gates: (() => void)[] = [];
    store.always = async ({ pass }) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return pass();
    };
    const writes = Array.from({ length: 64 }, (_, i) =>
      registry.register(registerCall({ name: `n${i}` }), patient),
    );
    while (gates.length < 64) await new Promise((resolve) => setImmediate(resolve));
    // All 64 puts are in flight together, and none has been answered.
    expect((await registry.get('there', patient)).version).toBe(1n);
    expect([...(await registry.scan('', undefined, patient))]).toHaveLength(1);
    for (const open of gates) open();
    await Promise.all(writes);
    expect(registry.size).toBe(65);
  });

  it('with one lock for all names takes 64 times as long', async () => {
    class GlobalLock extends KeyLock {
      override run<T>(_key: string, task: () => Promise<T>): Promise<T> {
        return super.run('', task);
      }
    }
    const store = new FaultyStore(createMemoryStore());
    const registry = await openRegistry({ store, lock: new GlobalLock(10_000) });
    let inFlight = 0;
    let most = 0;
    store.always = async ({ pass }) => {
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight--;
      return pass();
    };
    await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        registry.register(registerCall({ name: `n${i}` }), patient),
      ),
    );
    expect(most).toBe(1);
  });

  it('refuses more writes than may wait, and has done nothing of them', async () => {
    const store = new FaultyStore(createMemoryStore());
    const registry = await openRegistry({ store, lock: new KeyLock(2) });
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    store.always = ({ pass }) => gate.then(pass);
    const accepted = [registerCall(), registerCall()].map((c) => registry.register(c, patient));
    await expect(registry.register(registerCall(), patient)).rejects.toThrow(ErrTooBusy);
    open();
    await Promise.all(accepted);
    await expect(registry.register(registerCall(), patient)).resolves.toMatchObject({
      version: 3n,
    });
  });
});

describe('writes at the store at once', () => {
  it('are no more than the limit; one that waits has sent nothing, and can leave for good', async () => {
    const store = new FaultyStore(createMemoryStore());
    const registry = await openRegistry({ store, writes: { maxInFlight: 2, maxWaiting: 4 } });
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    store.always = ({ pass }) => gate.then(pass);
    const register = (name: string, caller = patient) =>
      registry.register(registerCall({ name }), caller);
    const { caller, leave } = leavingCaller('deadline');
    const writes = [register('a'), register('b'), register('c', caller), register('d')];
    const left = expect(writes[2]).rejects.toThrow(ErrDeadlineExceeded);
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.calls.filter((call) => call.startsWith('put'))).toHaveLength(2);
    // Those that wait take up places, too.
    await expect(register('e')).rejects.toThrow(ErrTooBusy);
    leave();
    await left;
    open();
    await Promise.all([writes[0], writes[1], writes[3]]);
    await expect(registry.get('c', patient)).rejects.toThrow(ErrManifestNotFound);
    await expect(register('e')).resolves.toMatchObject({ version: 1n });
  });
});

describe('a busy name', () => {
  it('leaves places for others', async () => {
    const store = new FaultyStore(createMemoryStore());
    const registry = await openRegistry({ store, lock: new KeyLock(10, 3) });
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    store.always = ({ key, pass }) => (key.endsWith('busy.parquet') ? gate.then(pass) : pass());
    const busy = registerCall({ name: 'busy' });
    const waiting = [busy, busy, busy].map((call) => registry.register(call, patient));
    await expect(registry.register(busy, patient)).rejects.toThrow('writes of the name');
    await expect(registry.register(registerCall(), patient)).resolves.toMatchObject({
      version: 1n,
    });
    open();
    await Promise.all(waiting);
    await expect(registry.register(busy, patient)).resolves.toMatchObject({ version: 4n });
  });
});

describe('KeyLock', () => {
  it('goes on after a task that failed', async () => {
    const lock = new KeyLock(10);
    const failed = lock.run('k', () => Promise.reject(new Error('no')));
    const next = lock.run('k', async () => 'yes');
    await expect(failed).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
    await lock.idle();
  });

  it('keeps the order in which the tasks came', async () => {
    const lock = new KeyLock(100);
    const order: number[] = [];
    const runtime = new FakeRuntime();
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        lock.run('k', async () => {
          await runtime.sleep(20 - i);
          order.push(i);
        }),
      ),
    );
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });
});
