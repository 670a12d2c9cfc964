import { expect, it } from '@jest/globals';
import { mapInOrder } from '../../src/maintenance/in-order.ts';

const tick = () => new Promise((resolve) => setImmediate(resolve));

it('gives results in the order of the items, within the bounds', async () => {
  let running = 0;
  let weight = 0;
  let most = 0;
  let heaviest = 0;
  const bounds = { concurrency: 4, weigh: (n: number) => n, maxWeight: 10 };
  const results: number[] = [];
  const items = [9, 1, 1, 1, 1, 1, 40, 2, 3, 6, 5];
  const map = async (n: number) => {
    most = Math.max(most, ++running);
    weight += n;
    if (running > 1) heaviest = Math.max(heaviest, weight);
    for (let i = 0; i < n; i++) await tick();
    running--;
    weight -= n;
    return n;
  };
  for await (const result of mapInOrder(items, bounds, map)) results.push(result);
  expect(results).toEqual(items);
  expect(most).toBe(4);
  expect(heaviest).toBeLessThanOrEqual(10);
});

it('throws the first failure in the order of the items, when nothing is under way any more', async () => {
  let running = 0;
  const bounds = { concurrency: 8, weigh: () => 1, maxWeight: 8 };
  const map = async (n: number) => {
    running++;
    for (let i = 0; i < 10 - n; i++) await tick();
    running--;
    if (n >= 2) throw new Error(`item ${n}`);
    return n;
  };
  const results: number[] = [];
  const all = async () => {
    for await (const result of mapInOrder([0, 1, 2, 3, 4], bounds, map)) results.push(result);
  };
  await expect(all()).rejects.toThrow('item 2');
  expect(results).toEqual([0, 1]);
  expect(running).toBe(0);
});

it('gives what came before a failure of the source, and lets the source go', async () => {
  let ended = 0;
  async function* source(failsAt: number) {
    try {
      for (let n = 0; n < failsAt; n++) yield n;
      throw new Error('cut off');
    } finally {
      ended++;
    }
  }
  const bounds = { concurrency: 8, weigh: () => 1, maxWeight: 8 };
  const results: number[] = [];
  const all = async (failsAt: number, stopsAt = 100) => {
    for await (const n of mapInOrder(source(failsAt), bounds, async (n: number) => n)) {
      if (n === stopsAt) return;
      results.push(n);
    }
  };
  await expect(all(3)).rejects.toThrow('cut off');
  expect(results).toEqual([0, 1, 2]);
  await all(50, 1);
  expect(ended).toBe(2);
});
