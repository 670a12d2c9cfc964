import { describe, expect, it } from '@jest/globals';
import {
  KeyCollisionError,
  OutcomeUnknownError,
  PreconditionFailedError,
  StoreUnavailableError,
} from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { meteredStore } from '../../src/store/metered.ts';
import { FaultyStore, failBefore } from '../support/faulty-store.ts';
import { describeStoreContract } from './conformance.ts';

describeStoreContract('metered', async () =>
  meteredStore(
    createMemoryStore(),
    () => {},
    () => 0,
  ),
);

describe('meteredStore', () => {
  it('tells of every call what it came to, how long it took, and how much it moved', async () => {
    const beneath = new FaultyStore(createMemoryStore());
    const told: unknown[] = [];
    let now = 0;
    const clock = () => {
      now += 250;
      return now;
    };
    const store = meteredStore(
      beneath,
      ({ kind, outcome, seconds, bytes }) => told.push([kind, outcome, seconds, bytes]),
      clock,
    );
    await store.put('a', new Uint8Array(1), { kind: 'create' });
    await store.get('a');
    await store.get('b');
    for await (const _ of store.list('')) void _;
    await store.delete('a');
    for (const error of [
      new PreconditionFailedError('p'),
      new StoreUnavailableError('s'),
      new OutcomeUnknownError('o'),
      new KeyCollisionError('k'),
      new TypeError('t'),
    ]) {
      beneath.putFaults = [failBefore(error)];
      const put = store.put('a', new Uint8Array(1), { kind: 'create' });
      await expect(put).rejects.toBe(error);
    }
    beneath.always = failBefore(new StoreUnavailableError('s'));
    await expect(store.list('')[Symbol.asyncIterator]().next()).rejects.toThrow('s');
    expect(told).toEqual([
      ['put', 'ok', 0.25, 1],
      ['get', 'ok', 0.25, 1],
      ['get', 'missing', 0.25, 0],
      ['list', 'ok', 0.25, 0],
      ['delete', 'ok', 0.25, 0],
      ['put', 'precondition_failed', 0.25, 0],
      ['put', 'unavailable', 0.25, 0],
      ['put', 'unknown', 0.25, 0],
      ['put', 'collision', 0.25, 0],
      ['put', 'error', 0.25, 0],
      ['list', 'unavailable', 0.25, 0],
    ]);
  });
});
