import { describe, expect, it } from '@jest/globals';
import { Readiness, type ReadinessStatus } from '../../src/server/readiness.ts';

describe('Readiness', () => {
  it('starts as starting, with a reason', () => {
    const readiness = new Readiness();
    expect(readiness.status).toEqual({ state: 'starting', reason: expect.stringMatching(/.+/) });
    expect(readiness.isReady).toBe(false);
  });

  it('tells subscribers every change until they unsubscribe', () => {
    const readiness = new Readiness();
    const seen: ReadinessStatus[] = [];
    const unsubscribe = readiness.subscribe((status) => seen.push(status));
    readiness.set('ready');
    readiness.set('failed', 'the store is away');
    unsubscribe();
    readiness.set('ready');
    expect(seen).toEqual([
      { state: 'ready', reason: '' },
      { state: 'failed', reason: 'the store is away' },
    ]);
    expect(readiness.isReady).toBe(true);
  });

  it('never leaves draining', () => {
    const readiness = new Readiness();
    readiness.set('draining', 'going');
    readiness.set('ready');
    expect(readiness.status).toEqual({ state: 'draining', reason: 'going' });
  });
});
