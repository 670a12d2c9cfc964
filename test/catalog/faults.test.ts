import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import {
  ErrCanceled,
  ErrContended,
  ErrCorruptManifest,
  ErrDeadlineExceeded,
  ErrFingerprintConflict,
  ErrManifestNotFound,
  ErrNameCollides,
  ErrOutcomeUnknown,
  ErrStoreUnavailable,
} from '../../src/catalog/errors.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import type { RegistryOptions } from '../../src/catalog/registry-options.ts';
import {
  KeyCollisionError,
  OutcomeUnknownError,
  PreconditionFailedError,
  StoreUnavailableError,
} from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import {
  leavingCaller,
  openRegistry,
  patient,
  registerCall,
  storedFile,
} from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { type Fault, FaultyStore, failAfter, failBefore } from '../support/faulty-store.ts';

const name = 'sales/orders';
const reset = new OutcomeUnknownError('connection reset');
const down = new StoreUnavailableError('connection refused');

async function setUp(options: Partial<RegistryOptions> = {}) {
  const beneath = createMemoryStore();
  const store = new FaultyStore(beneath);
  const runtime = new FakeRuntime();
  const registry = await openRegistry({ store, runtime, shared: true, ...options });
  // Another replica: the same store, a registry of its own, and ids of its own.
  const otherRuntime = new FakeRuntime();
  otherRuntime.uuid = () => `other-${Math.random()}`;
  const other = await openRegistry({ store: beneath, runtime: otherRuntime, shared: true });
  const register = (changes = {}, caller = patient) =>
    registry.register(registerCall(changes), caller);
  const registerThere = (changes = {}) => other.register(registerCall(changes), patient);
  return { beneath, store, runtime, registry, register, registerThere };
}

/** A put that takes effect only when it is let go, after its caller was told that it was reset. */
function lateput() {
  let land: () => Promise<unknown> = async () => undefined;
  const fault: Fault = async ({ pass }) => {
    land = pass;
    throw reset;
  };
  return { fault, land: () => land() };
}

describe('a put that fails', () => {
  it('leaves memory and store as they were (R6)', async () => {
    const { store, beneath, registry, register } = await setUp();
    await register();
    const before = await beneath.get(manifestKey(name));
    store.putFaults = [failBefore(down)];
    await expect(register({ rowCount: 5n })).rejects.toThrow(ErrStoreUnavailable);
    expect(await beneath.get(manifestKey(name))).toEqual(before);
    expect((await registry.get(name, patient)).version).toBe(1n);
    await expect(register()).resolves.toMatchObject({ version: 2n });
  });

  it('tells the caller nothing of the cause', async () => {
    const { store, register } = await setUp();
    store.putFaults = [failBefore(new StoreUnavailableError('secret at 10.1.2.3'))];
    await expect(register()).rejects.toMatchObject({
      message: expect.not.stringContaining('10.1.2.3'),
      cause: { message: 'secret at 10.1.2.3' },
    });
  });

  it('because the file system cannot tell the name from another is said as such', async () => {
    const { store, register } = await setUp();
    store.putFaults = [failBefore(new KeyCollisionError('ORDERS.parquet'))];
    await expect(register()).rejects.toThrow(ErrNameCollides);
  });
});

describe('a put of unknown outcome', () => {
  it.each(['create', 'update'])(
    'that landed is found out and answered as done: %s',
    async (kind) => {
      const { store, beneath, register } = await setUp();
      if (kind === 'update') await register();
      const puts = store.calls.length;
      store.putFaults = [failAfter(reset)];
      const result = await register({ rowCount: 5n });
      const version = kind === 'update' ? 2n : 1n;
      expect(result).toMatchObject({ existing: kind === 'update', replayed: false, version });
      expect((await storedFile(beneath, name))?.manifest.version).toBe(version);
      expect(store.calls.slice(puts).filter((c) => c.startsWith('put'))).toHaveLength(1);
    },
  );

  it.each(['create', 'update'])('that did not land is sent again, once: %s', async (kind) => {
    const { store, beneath, register } = await setUp();
    if (kind === 'update') await register();
    store.putFaults = [failBefore(reset)];
    const result = await register({ rowCount: 5n });
    const version = kind === 'update' ? 2n : 1n;
    expect(result).toMatchObject({ existing: kind === 'update', version });
    expect((await storedFile(beneath, name))?.recentWrites).toHaveLength(Number(version));
  });

  it('can no longer land once another attempt on its base did', async () => {
    const { store, beneath, register } = await setUp();
    await register();
    const late = lateput();
    store.putFaults = [late.fault];
    await expect(register({ rowCount: 5n })).resolves.toMatchObject({ version: 2n });
    const after = await beneath.get(manifestKey(name));
    await expect(late.land()).rejects.toThrow(PreconditionFailedError);
    expect(await beneath.get(manifestKey(name))).toEqual(after);
  });

  it('is its own when it lands late, while the next attempt is under way', async () => {
    const { store, beneath, register } = await setUp();
    await register();
    const late = lateput();
    store.putFaults = [
      late.fault,
      async ({ pass }) => {
        await late.land();
        return pass();
      },
    ];
    await expect(register({ rowCount: 5n })).resolves.toMatchObject({ version: 2n });
    expect((await storedFile(beneath, name))?.manifest.version).toBe(2n);
  });

  it('stays unknown though a later attempt is known not to have been made', async () => {
    const { store, register } = await setUp();
    await register();
    store.putFaults = [lateput().fault, failBefore(down)];
    await expect(register({ rowCount: 5n })).resolves.toMatchObject({ version: 2n });
  });

  it('is followed up though the file was rewritten as it was, with another etag', async () => {
    const { store, beneath, register } = await setUp();
    await register();
    store.putFaults = [
      async () => {
        const { body } = (await beneath.get(manifestKey(name))) as { body: Uint8Array };
        await beneath.put(manifestKey(name), body, { kind: 'overwrite' });
        throw reset;
      },
    ];
    await expect(register({ rowCount: 5n })).resolves.toMatchObject({ version: 2n });
  });

  it('is answered as its own write though others wrote after it', async () => {
    const { store, register, registerThere } = await setUp();
    await register();
    store.putFaults = [
      async ({ pass }) => {
        await pass();
        await registerThere({ rowCount: 77n });
        throw reset;
      },
    ];
    const { entry, version } = await register({ rowCount: 5n });
    expect(version).toBe(2n);
    expect(entry?.version).toBe(2n);
  });

  it('takes no more memory for a hundred attempts than for one', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { store, register } = await setUp();
    const key = (i: number) => `s3://lake/orders/part-${String(i).padStart(8, '0')}.parquet`;
    const objects = Array.from({ length: 2_000 }, (_, i) => ({ key: key(i), sizeBytes: 1n }));
    // What is collected is given back in the background, later where there is much of it.
    const atMost = async (enough: number, looks: number) => {
      let lowest = Number.POSITIVE_INFINITY;
      for (let look = 0; look < looks && lowest > enough; look++) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 10));
        lowest = Math.min(lowest, process.memoryUsage().arrayBuffers / 2 ** 20);
      }
      return lowest;
    };
    let [puts, first, last] = [0, 0, 0];
    store.always = async ({ kind, pass }) => {
      if (kind !== 'put') return pass();
      puts++;
      if (puts === 1) first = await atMost(0, 5);
      if (puts === 101) last = await atMost(first + 4, 100);
      throw reset;
    };
    await expect(register({ objects })).rejects.toThrow(ErrOutcomeUnknown);
    expect(puts).toBeGreaterThan(100);
    expect(last - first).toBeLessThan(4);
  }, 30_000);

  it('that lost to another write is decided again on what that one left', async () => {
    const { store, register, registerThere } = await setUp();
    store.putFaults = [
      async () => {
        await registerThere({ schemaFingerprint: 'fp-other' });
        throw reset;
      },
    ];
    await expect(register()).rejects.toThrow(ErrFingerprintConflict);
  });

  it('is reported as undecided while the store stays away, and from then on only the store is asked', async () => {
    const { store, beneath, registry, register } = await setUp({ shared: false });
    await register();
    const late = lateput();
    store.putFaults = [late.fault];
    store.always = failBefore(down);
    await expect(register({ rowCount: 5n })).rejects.toThrow(ErrOutcomeUnknown);
    // Reads of the name, by themselves or in a list, do not trust the index any more (R15).
    await expect(registry.get(name, patient)).rejects.toThrow(ErrStoreUnavailable);
    await expect(registry.batchGet([name], patient)).rejects.toThrow(ErrStoreUnavailable);
    await expect(registry.scan('sales', undefined, patient)).rejects.toThrow(ErrStoreUnavailable);
    await expect(registry.scan('elsewhere', undefined, patient)).resolves.toBeDefined();
    await expect(register()).rejects.toThrow(ErrStoreUnavailable);

    store.always = ({ pass }) => pass();
    expect((await registry.get(name, patient)).version).toBe(1n);
    await late.land();
    expect((await registry.get(name, patient)).version).toBe(2n);
    // Decided: the index serves the name again.
    const calls = store.calls.length;
    await registry.get(name, patient);
    expect(store.calls).toHaveLength(calls);
    expect((await storedFile(beneath, name))?.manifest.rowCount).toBe(5n);
  });

  it('is looked up before the next write of the name is refused', async () => {
    const { store, beneath, register } = await setUp({ shared: false });
    await register();
    const late = lateput();
    store.putFaults = [late.fault];
    store.always = failBefore(down);
    await expect(register({ rowCount: 5n })).rejects.toThrow(ErrOutcomeUnknown);
    store.always = ({ pass }) => pass();
    await late.land();
    const landed = await (await openRegistry({ store: beneath })).get(name, patient);
    expect(landed.version).toBe(2n);
    await expect(register({ expectedEtag: landed.etag })).resolves.toMatchObject({ version: 3n });
  });

  it('stays unknown though the attempts that follow it have never left', async () => {
    const { store, register } = await setUp();
    store.putFaults = [lateput().fault];
    store.always = ({ kind, pass }) => (kind === 'put' ? Promise.reject(down) : pass());
    await expect(register()).rejects.toThrow(ErrOutcomeUnknown);
  });

  it('is repeated safely with its request id, landed or not', async () => {
    for (const landed of [true, false]) {
      const { store, beneath, register } = await setUp();
      store.putFaults = [landed ? failAfter(reset) : failBefore(reset)];
      store.getFaults = Array.from({ length: 1_000 }, () => failBefore(down));
      const call = { requestId: 'r1' };
      await expect(register(call)).rejects.toThrow(ErrOutcomeUnknown);
      store.getFaults = [];
      await expect(register(call)).resolves.toMatchObject({
        existing: false,
        replayed: landed,
        version: 1n,
      });
      expect((await storedFile(beneath, name))?.manifest.version).toBe(1n);
    }
  });
});

describe('a put whose condition failed', () => {
  it('may be its own: an answer that was lost on the way and a repeat by some proxy', async () => {
    const { store, beneath, register } = await setUp();
    store.putFaults = [failAfter(new PreconditionFailedError('412'))];
    await expect(register()).resolves.toMatchObject({ existing: false, version: 1n });
    expect((await storedFile(beneath, name))?.manifest.version).toBe(1n);
  });

  it('is looked up again when too many reads wait already', async () => {
    const { store, registry, register } = await setUp();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    store.always = ({ kind, pass }) => (kind === 'get' ? gate.then(pass) : pass());
    // As many as are read at once, and as many as may wait.
    const reads = Array.from({ length: 64 + 10_000 }, (_, i) => registry.get(`none-${i}`, patient));
    const settled = Promise.allSettled(reads);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await turn();
    store.putFaults = [failAfter(new PreconditionFailedError('412'))];
    const write = register();
    for (let turns = 0; turns < 10; turns++) await turn();
    open();
    await expect(write).resolves.toMatchObject({ existing: false, version: 1n });
    await settled;
  });

  it('because the file has been damaged meanwhile is said as such', async () => {
    const { beneath, register } = await setUp();
    await register();
    await beneath.put(manifestKey(name), new Uint8Array(64), { kind: 'overwrite' });
    await expect(register({ rowCount: 5n })).rejects.toThrow(ErrCorruptManifest);
  });

  it('is decided again on what the other replica wrote', async () => {
    const { register, registerThere } = await setUp();
    await register();
    await registerThere({ labels: new Map([['from', 'there']]) });
    const { entry, version } = await register();
    expect(version).toBe(3n);
    expect(entry?.recentWrites.map((w) => w.version)).toEqual([1n, 2n, 3n]);
  });

  it('again and again ends as CONTENDED, with nothing written', async () => {
    const { store, beneath, register, registerThere } = await setUp({ maxLostRaces: 5 });
    await register();
    store.putFaults = Array.from({ length: 5 }, () => async ({ pass }) => {
      await registerThere();
      return pass();
    });
    const refused = register({ rowCount: 5n });
    await expect(refused).rejects.toThrow(ErrContended);
    await expect(refused).rejects.toMatchObject({ retryAfterMs: expect.any(Number) });
    expect((await storedFile(beneath, name))?.manifest.rowCount).toBeUndefined();
  });
});

describe('a caller that leaves', () => {
  it.each([
    ['deadline', ErrDeadlineExceeded],
    ['canceled', ErrCanceled],
  ] as const)('before anything was sent is told so, and nothing is: %s', async (because, error) => {
    const { store, register } = await setUp();
    const { caller, leave } = leavingCaller(because);
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    store.putFaults = [({ pass }) => gate.then(pass)];
    const first = register();
    const second = register({ rowCount: 2n }, caller);
    leave();
    await expect(second).rejects.toThrow(error);
    open();
    await first;
    await expect(register()).resolves.toMatchObject({ version: 2n });
    expect(store.calls.filter((c) => c.startsWith('put'))).toHaveLength(2);
  });

  it('after the put was sent is told that the outcome is unknown; the put and the lock live on (R15)', async () => {
    const { store, registry, register } = await setUp();
    const { caller, leave } = leavingCaller('deadline');
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: sent, resolve: onSent } = Promise.withResolvers<void>();
    store.putFaults = [
      ({ pass }) => {
        onSent();
        return gate.then(pass);
      },
    ];
    const left = register({}, caller);
    await sent;
    leave();
    await expect(left).rejects.toMatchObject({ reason: 'OUTCOME_UNKNOWN', left: 'deadline' });
    let done = false;
    const next = register().finally(() => {
      done = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toBe(false);
    open();
    await expect(next).resolves.toMatchObject({ existing: true, version: 2n });
    await registry.idle();
    // It is decided, so reads go by the index again.
    const calls = store.calls.length;
    await registry.get(name, patient);
    expect(store.calls).toHaveLength(calls);
  });

  it('after a race was lost is told that nothing has happened, and nothing has', async () => {
    const { store, beneath, runtime, registry, register, registerThere } = await setUp();
    await register();
    const { caller, leave } = leavingCaller('deadline');
    store.putFaults = [
      async ({ pass }) => {
        await registerThere();
        // The next look at the clock is the decision after the lost race.
        runtime.now = () => {
          leave();
          return runtime.wallMicros;
        };
        return pass();
      },
    ];
    await expect(register({ rowCount: 5n }, caller)).rejects.toThrow(ErrDeadlineExceeded);
    await registry.idle();
    const { version, rowCount } = (await storedFile(beneath, name))?.manifest ?? {};
    expect([version, rowCount]).toEqual([2n, undefined]);
  });

  it('does not wait for a slow read', async () => {
    const { store, registry } = await setUp();
    const { caller, leave } = leavingCaller('deadline');
    store.getFaults = [() => new Promise(() => {})];
    const read = registry.get('absent', caller);
    leave();
    await expect(read).rejects.toThrow(ErrDeadlineExceeded);
  });
});

describe('in shared mode (R16)', () => {
  it('a refusal is based on what the store says now, not on the index', async () => {
    const { beneath, register, registerThere } = await setUp();
    await register();
    await beneath.delete(manifestKey(name));
    await registerThere({ schemaFingerprint: 'fp-2' });
    await expect(register({ schemaFingerprint: 'fp-2' })).resolves.toMatchObject({
      existing: true,
      version: 2n,
    });
  });

  it('an expected etag of another replica is honoured', async () => {
    const { register, registerThere } = await setUp();
    await register();
    const { entry } = await registerThere();
    await expect(register({ expectedEtag: entry?.etag })).resolves.toMatchObject({ version: 3n });
  });

  it('a request id is known at every replica', async () => {
    const { register, registerThere } = await setUp();
    await registerThere({ requestId: 'r1' });
    await expect(register({ requestId: 'r1' })).resolves.toMatchObject({
      replayed: true,
      existing: false,
      version: 1n,
    });
  });

  it('validate_only asks the store', async () => {
    const { register, registerThere } = await setUp();
    await registerThere({ schemaFingerprint: 'fp-2' });
    await expect(register({ validateOnly: true })).rejects.toThrow(ErrFingerprintConflict);
  });

  it('a read that misses asks the store, and remembers a miss for a second', async () => {
    const { store, runtime, registry, registerThere } = await setUp();
    await expect(registry.get(name, patient)).rejects.toThrow(ErrManifestNotFound);
    await registerThere();
    await expect(registry.get(name, patient)).rejects.toThrow(ErrManifestNotFound);
    expect(store.calls.filter((c) => c.startsWith('get'))).toHaveLength(1);
    runtime.advance(1_000);
    expect((await registry.get(name, patient)).version).toBe(1n);
  });

  it('reads that miss together share a read that none of them came too late for', async () => {
    const { store, registry, registerThere } = await setUp();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    store.getFaults = [
      async ({ pass }) => {
        const answer = await pass();
        await gate;
        return answer;
      },
    ];
    const early = registry.get(name, patient);
    await registerThere();
    const late = Promise.all(Array.from({ length: 10 }, () => registry.get(name, patient)));
    open();
    await expect(early).rejects.toThrow(ErrManifestNotFound);
    await expect(late).resolves.toHaveLength(10);
    expect(store.calls.filter((c) => c.startsWith('get'))).toHaveLength(2);
  });

  it('a damaged file is named as such, never NOT_FOUND', async () => {
    const { beneath, registry, register } = await setUp();
    await beneath.put(manifestKey(name), new Uint8Array(64), { kind: 'create' });
    await expect(registry.get(name, patient)).rejects.toThrow(ErrCorruptManifest);
    await expect(register({ validateOnly: true })).rejects.toThrow(ErrCorruptManifest);
  });
});
