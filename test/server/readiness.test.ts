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

  it('is degraded for as long as there is any trouble, and names each', () => {
    const readiness = new Readiness();
    readiness.trouble('index', 'the index is old');
    expect(readiness.status.state).toBe('starting');
    readiness.set('ready', 'exclusive');
    readiness.trouble('writes', 'no write');
    expect(readiness.status).toEqual({
      state: 'degraded',
      reason: 'the index is old; no write; exclusive',
    });
    readiness.trouble('index', undefined);
    readiness.trouble('writes', undefined);
    expect(readiness.status).toEqual({ state: 'ready', reason: 'exclusive' });
    readiness.set('draining', 'going');
    readiness.trouble('index', 'the index is old');
    expect(readiness.status).toEqual({ state: 'draining', reason: 'going' });
  });

  it('stays ready with a note, and tells of a change once', () => {
    const readiness = new Readiness();
    readiness.set('ready');
    const seen: ReadinessStatus[] = [];
    readiness.subscribe((status) => seen.push(status));
    readiness.note('audit', 'the audit log cannot be written');
    readiness.note('audit', 'the audit log cannot be written');
    expect(seen).toEqual([{ state: 'ready', reason: 'the audit log cannot be written' }]);
  });
});
