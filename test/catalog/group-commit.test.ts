import { describe, expect, it } from '@jest/globals';
import type { Caller, Change } from '../../src/catalog/call.ts';
import {
  ErrEtagMismatch,
  ErrFingerprintConflict,
  ErrOutcomeUnknown,
  ErrStoreUnavailable,
} from '../../src/catalog/errors.ts';
import type { RegistryOptions } from '../../src/catalog/registry-options.ts';
import type { WriteAnswer } from '../../src/catalog/write-answer.ts';
import {
  OutcomeUnknownError,
  PreconditionFailedError,
  StoreUnavailableError,
} from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import {
  leavingCaller,
  openRegistry,
  patient,
  registerCall,
  storedFile,
} from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { FaultyStore, failAfter, failBefore, type StoreCall } from '../support/faulty-store.ts';

const name = 'sales/orders';
const reset = new OutcomeUnknownError('connection reset');

/** A registry whose first put waits until it is let go, so that later calls pile up behind it. */
async function piledUp(options: Partial<RegistryOptions> = {}) {
  const beneath = createMemoryStore();
  const store = new FaultyStore(beneath);
  const runtime = new FakeRuntime();
  const registry = await openRegistry({ store, runtime, shared: true, ...options });
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { promise: sent, resolve: isSent } = Promise.withResolvers<void>();
  store.putFaults = [
    ({ pass }) => {
      isSent();
      return gate.then(pass);
    },
  ];
  const first = registry.register(registerCall({ rowCount: 0n }), patient);
  await sent;
  const register = (changes = {}, caller: Caller = patient) =>
    registry.register(registerCall(changes), caller);
  const puts = () => store.calls.filter((call) => call.startsWith('put')).length;
  return { beneath, store, runtime, registry, register, first, open, puts };
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => i + 2);

describe('calls that wait for one name', () => {
  it('are written by one put, at most eight, each with its own version and record', async () => {
    const { beneath, registry, register, first, open, puts } = await piledUp();
    const waiting = numbered(10).map((n) =>
      register({ rowCount: BigInt(n), requestId: `r${n}`, labels: new Map([['n', `${n}`]]) }),
    );
    open();
    await first;
    const answers = await Promise.all(waiting);
    expect(answers.map(({ version }) => Number(version))).toEqual(numbered(10));
    expect(answers.map(({ entry }) => Number(entry?.version))).toEqual(numbered(10));
    expect(answers.every(({ existing, replayed }) => existing && !replayed)).toBe(true);
    expect(new Set(answers.map(({ entry }) => entry?.etag)).size).toBe(10);
    // One alone, eight together, two together.
    expect(puts()).toBe(3);
    const file = await storedFile(beneath, name);
    const record = file?.recentWrites ?? [];
    expect(record.map(({ version }) => Number(version))).toEqual([1, ...numbered(10)]);
    expect(record.map(({ requestId }) => requestId)).toEqual([
      '',
      ...numbered(10).map((n) => `r${n}`),
    ]);
    expect(new Set(record.slice(1, 9).map(({ writeId }) => writeId)).size).toBe(1);
    expect(new Set(record.map(({ writeId }) => writeId)).size).toBe(3);
    expect((await registry.get(name, patient)).etag).toBe(answers.at(-1)?.entry?.etag);
    // Through another replica, too, each is answered from its own record.
    const other = await openRegistry({ store: beneath, shared: true });
    const again = registerCall({ rowCount: 4n, requestId: 'r4', labels: new Map([['n', '4']]) });
    expect(await other.register(again, patient)).toMatchObject({ replayed: true, version: 4n });
  });

  it('have a put each where that is asked for', async () => {
    const { register, first, open, puts } = await piledUp({ writes: { maxTogether: 1 } });
    const waiting = numbered(4).map(() => register());
    open();
    await Promise.all([first, ...waiting]);
    expect(puts()).toBe(5);
  });

  it('of several methods are each decided on what the one before leaves', async () => {
    const { beneath, registry, register, first, open, puts } = await piledUp();
    const call = { name, expectedEtag: '', requestId: '', validateOnly: false };
    const waiting = [
      registry.updateObjects(
        {
          ...call,
          schemaFingerprint: 'fp-1',
          putObjects: [{ key: 's3://lake/orders/1.parquet', sizeBytes: 1n }],
          removeKeys: [],
        },
        patient,
      ),
      registry.delete({ ...call, allowMissing: false }, patient),
      register({ schemaFingerprint: 'fp-2' }),
    ];
    open();
    await first;
    const [updated, deleted, created] = await Promise.all(waiting);
    expect(updated?.entry?.objectCount).toBe(2);
    expect(deleted?.entry?.deletedAt).toBeDefined();
    expect(created).toMatchObject({ existing: false, version: 4n });
    expect(puts()).toBe(2);
    expect((await storedFile(beneath, name))?.manifest.schemaFingerprint).toBe('fp-2');
  });

  it('are parted by one that is refused, repeated or only tried, each right in its place', async () => {
    const { register, first, open, registry } = await piledUp();
    const waiting = Promise.allSettled([
      register({ rowCount: 2n }),
      register({ rowCount: 3n, requestId: 'r3' }),
      register({ rowCount: 3n, requestId: 'r3' }),
      register({ schemaFingerprint: 'another' }),
      register({ rowCount: 4n }),
      register({ rowCount: 9n, validateOnly: true }),
      register({ expectedEtag: '1-stale' }),
      register({ rowCount: 5n }),
    ]);
    open();
    await first;
    const results = await waiting;
    const came = results.map((r) =>
      r.status === 'fulfilled' ? [Number(r.value.version), r.value.replayed] : r.reason,
    );
    expect(came).toEqual([
      [2, false],
      [3, false],
      [3, true],
      expect.any(ErrFingerprintConflict),
      [4, false],
      [5, false],
      expect.any(ErrEtagMismatch),
      [5, false],
    ]);
    expect((await registry.get(name, patient)).version).toBe(5n);
  });

  it('tell of their changes one by one, in order', async () => {
    const { register, first, open } = await piledUp();
    const told: Change[] = [];
    const caller: Caller = {
      ...patient,
      onChange: async (change) => {
        await new Promise((resolve) => setImmediate(resolve));
        told.push(change);
      },
    };
    const waiting = numbered(3).map((n) => register({ requestId: `r${n}` }, caller));
    open();
    await Promise.all([first, ...waiting]);
    const shown = told.map((c) => [c.requestId, Number(c.fromVersion), Number(c.toVersion)]);
    expect(shown).toEqual([
      ['r2', 1, 2],
      ['r3', 2, 3],
      ['r4', 3, 4],
    ]);
    expect(told.every(({ outcome }) => outcome === 'done')).toBe(true);
  });

  it('go on without one that has left, which is told that nothing has happened', async () => {
    const { beneath, register, first, open } = await piledUp();
    const { caller, leave } = leavingCaller('deadline');
    const waiting = [register({ rowCount: 2n }), register({ rowCount: 3n }, caller), register()];
    leave();
    await expect(waiting[1]).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
    open();
    await first;
    expect(await waiting[0]).toMatchObject({ version: 2n });
    expect(await waiting[2]).toMatchObject({ version: 3n });
    expect((await storedFile(beneath, name))?.recentWrites).toHaveLength(3);
  });
});

describe('a put of several writes', () => {
  const versions = async (results: Promise<PromiseSettledResult<WriteAnswer>[]>) =>
    (await results).map((r) => (r.status === 'fulfilled' ? Number(r.value.version) : r.reason));

  /** Three calls that are written by one put, which meets a fault. */
  async function together(
    fault: (call: StoreCall, beneath: Store, store: FaultyStore) => Promise<unknown>,
    options: Partial<RegistryOptions> = {},
  ) {
    const context = await piledUp(options);
    const { beneath, store } = context;
    store.putFaults.push((call) => fault(call, beneath, store));
    const callers = numbered(3).map(() => leavingCaller('deadline'));
    const waiting = callers.map(({ caller }, i) =>
      context.register({ rowCount: BigInt(i) }, caller),
    );
    const results = Promise.allSettled(waiting);
    context.open();
    await context.first;
    return { ...context, callers, waiting, results };
  }

  it('that is known to have failed has failed for all of them', async () => {
    const { registry, results, beneath } = await together(
      failBefore(new StoreUnavailableError('connection refused')),
    );
    for (const result of await results) {
      expect(result).toMatchObject({ reason: expect.any(ErrStoreUnavailable) });
    }
    expect((await registry.get(name, patient)).version).toBe(1n);
    expect((await storedFile(beneath, name))?.manifest.version).toBe(1n);
  });

  it('whose answer was lost is found out to have landed, for all of them', async () => {
    const { results, beneath, puts } = await together(failAfter(reset));
    expect(await versions(results)).toEqual([2, 3, 4]);
    expect(puts()).toBe(2);
    expect((await storedFile(beneath, name))?.manifest.version).toBe(4n);
  });

  it('that was not there yet is fenced by another, under another write id', async () => {
    let land: () => Promise<unknown> = async () => undefined;
    const { results, beneath, puts } = await together(async ({ pass }) => {
      land = pass;
      throw reset;
    });
    expect(await versions(results)).toEqual([2, 3, 4]);
    expect(puts()).toBe(3);
    await expect(land()).rejects.toThrow(PreconditionFailedError);
    const file = await storedFile(beneath, name);
    expect(new Set(file?.recentWrites.slice(1).map(({ writeId }) => writeId)).size).toBe(1);
    expect(file?.manifest.version).toBe(4n);
  });

  it('that lost the race is decided anew on what the winner left', async () => {
    const { results, beneath } = await together(async ({ pass }, beneath) => {
      const other = await openRegistry({ store: beneath, shared: true });
      await other.register(registerCall({ rowCount: 99n }), patient);
      return pass();
    });
    expect(await versions(results)).toEqual([3, 4, 5]);
    const record = (await storedFile(beneath, name))?.recentWrites ?? [];
    expect(record.map(({ version }) => Number(version))).toEqual([1, 2, 3, 4, 5]);
  });

  it('of which nothing can be told is unknown to all of them, and reads ask the store', async () => {
    const down = failBefore(new StoreUnavailableError('connection refused'));
    const { store, registry, results } = await together(
      async (_call, _beneath, store) => {
        store.always = down;
        throw reset;
      },
      { settleWithinMs: 1_000 },
    );
    for (const result of await results) {
      expect(result).toMatchObject({ reason: expect.any(ErrOutcomeUnknown) });
    }
    store.always = ({ pass }) => pass();
    const gets = () => store.calls.filter((call) => call.startsWith('get')).length;
    const before = gets();
    expect((await registry.get(name, patient)).version).toBe(1n);
    expect(gets()).toBe(before + 1);
  });

  it('goes on when its callers leave, who are told that it is unknown', async () => {
    const { promise: sent, resolve: isSent } = Promise.withResolvers<void>();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { callers, results, registry, waiting } = await together(({ pass }) => {
      isSent();
      return gate.then(pass);
    });
    await sent;
    callers[1]?.leave();
    await expect(waiting[1]).rejects.toThrow(ErrOutcomeUnknown);
    open();
    const [first, , third] = await results;
    expect(first).toMatchObject({ value: { version: 2n } });
    expect(third).toMatchObject({ value: { version: 4n } });
    await registry.idle();
    expect((await registry.get(name, patient)).version).toBe(4n);
  });
});
