import { describe, expect, it } from '@jest/globals';
import { ANONYMOUS, identified } from '../../src/auth/identity.ts';
import { CallLimiter } from '../../src/rpc/call-limiter.ts';
import { WriteGovernor } from '../../src/rpc/write-governor.ts';

const alice = identified('sub:alice', []);
const bob = identified('sub:bob', []);
const here = { peer: { address: '192.0.2.1' } };
const there = { peer: { address: '192.0.2.2' } };

const tooBusy = (what: string) =>
  expect.objectContaining({ reason: 'TOO_BUSY', metadata: expect.objectContaining({ what }) });

describe('calls at a time', () => {
  it.each(['read', 'write'] as const)('are bounded together, streams aside: %s', (kind) => {
    const limiter = new CallLimiter({ maxCalls: 2 });
    limiter.enter('read', alice, here);
    const leave = limiter.enter(kind, bob, here);
    expect(() => limiter.enter('read', bob, there)).toThrow(tooBusy('calls'));
    limiter.enter('watch', alice, here);
    leave();
    limiter.enter('read', bob, there);
    expect(() => limiter.enter('read', bob, there)).toThrow(tooBusy('calls'));
  });

  it.each([
    ['write', 'writes of the caller', { maxWritesPerCaller: 2 }],
    ['watch', 'watchers of the caller', { maxWatchersPerCaller: 2 }],
  ] as const)('are bounded for each caller: %s', (kind, what, limits) => {
    const limiter = new CallLimiter(limits);
    limiter.enter(kind, alice, here);
    const leave = limiter.enter(kind, alice, there);
    expect(() => limiter.enter(kind, alice, here)).toThrow(tooBusy(what));
    // Another one at the same address, and the same one reading, are no concern of it.
    limiter.enter(kind, bob, here);
    limiter.enter('read', alice, here);
    leave();
    limiter.enter(kind, alice, here);
    expect(() => limiter.enter(kind, alice, here)).toThrow(tooBusy(what));
  });

  it('are bounded by address for who has not proved who it is', () => {
    const limiter = new CallLimiter({ maxWritesPerCaller: 1 });
    limiter.enter('write', ANONYMOUS, here);
    expect(() => limiter.enter('write', ANONYMOUS, here)).toThrow(tooBusy('writes of the caller'));
    limiter.enter('write', ANONYMOUS, there);
    limiter.enter('write', alice, here);
  });

  it('that are refused are not counted', () => {
    const limiter = new CallLimiter({ maxCalls: 2, maxWritesPerCaller: 1 });
    limiter.enter('write', alice, here);
    expect(() => limiter.enter('write', alice, here)).toThrow();
    limiter.enter('read', alice, here);
  });

  it('that write are under way for the governor until they end, and never if it refuses them', () => {
    // Without a rate of writes to go by, it lets 64 be under way.
    const idle = { monotonic: () => 0, loopDelayMs: () => 0, maxPuts: 1 };
    const limiter = new CallLimiter({ maxWritesPerCaller: 65 }, new WriteGovernor(idle));
    const leaving = Array.from({ length: 64 }, () => limiter.enter('write', alice, here));
    for (let i = 0; i < 3; i += 1) {
      expect(() => limiter.enter('write', alice, here)).toThrow(tooBusy('writes'));
    }
    for (const leave of leaving) leave();
    for (let i = 0; i < 64; i += 1) limiter.enter('write', alice, here);
  });
});
