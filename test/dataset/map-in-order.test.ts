import { describe, expect, it } from '@jest/globals';
import { mapInOrder } from '../../src/dataset/map-in-order.ts';
import { rejection } from './support.ts';

/** Calls that end when the test says so. */
function controlled() {
  const ends = new Map<number, { resolve: () => void; reject: () => void }>();
  const call = (item: number): Promise<string> =>
    new Promise((resolve, reject) => {
      ends.set(item, {
        resolve: () => resolve(`result ${item}`),
        reject: () => reject(new Error(`failure ${item}`)),
      });
    });
  /** Ends a call, and lets what follows from it happen. */
  const end = async (item: number, how: 'resolve' | 'reject'): Promise<void> => {
    ends.get(item)?.[how]();
    await new Promise((next) => setImmediate(next));
  };
  return { call, end, begun: () => [...ends.keys()] };
}

describe('mapInOrder', () => {
  it('gives results in the order of the items, not of their ends', async () => {
    const { call, end } = controlled();
    const mapped = mapInOrder([1, 2, 3], 3, call);
    for (const item of [3, 1, 2]) await end(item, 'resolve');
    expect(await mapped).toEqual(['result 1', 'result 2', 'result 3']);
  });

  it('has as many calls under way as allowed, and no more', async () => {
    const { call, end, begun } = controlled();
    const mapped = mapInOrder([1, 2, 3, 4], 2, call);
    expect(begun()).toEqual([1, 2]);
    await end(2, 'resolve');
    expect(begun()).toEqual([1, 2, 3]);
    for (const item of [1, 3, 4]) await end(item, 'resolve');
    expect(await mapped).toHaveLength(4);
  });

  it('throws the failure of the first item, begins nothing after one, and waits for the rest', async () => {
    const { call, end, begun } = controlled();
    let settled = false;
    const mapped = rejection(mapInOrder([1, 2, 3, 4], 3, call)).finally(() => {
      settled = true;
    });
    await end(3, 'reject');
    await end(1, 'resolve');
    expect([begun(), settled]).toEqual([[1, 2, 3], false]);
    await end(2, 'reject');
    expect((await mapped).message).toBe('failure 2');
  });

  it('maps nothing to nothing', async () => {
    expect(await mapInOrder([], 8, controlled().call)).toEqual([]);
  });
});
