import { describe, expect, it } from '@jest/globals';
import { ByteBudget } from '../../src/dataset/byte-budget.ts';
import { rejection } from './support.ts';

/** Lets everything happen that can happen without an end of a task. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('ByteBudget', () => {
  it('holds no more than its bytes at once, and serves in the order of asking', async () => {
    const budget = new ByteBudget(10);
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    const hold = (name: string, bytes: number) =>
      budget.holding(bytes, () => {
        begun.push(name);
        return new Promise<void>((resolve) => ends.set(name, resolve));
      });
    const tasks = [hold('a', 6), hold('b', 4), hold('large', 10)];
    await settled();
    expect(begun).toEqual(['a', 'b']);
    ends.get('a')?.();
    await settled();
    // There would be room for it, but it comes later.
    tasks.push(hold('small', 1));
    await settled();
    expect(begun).toEqual(['a', 'b']);
    ends.get('b')?.();
    await settled();
    expect(begun).toEqual(['a', 'b', 'large']);
    ends.get('large')?.();
    await settled();
    expect(begun).toEqual(['a', 'b', 'large', 'small']);
    ends.get('small')?.();
    await Promise.all(tasks);
  });

  it('gives bytes back after a failure', async () => {
    const budget = new ByteBudget(1);
    await rejection(budget.holding(1, () => Promise.reject(new Error('no'))));
    expect(await budget.holding(1, async () => 'yes')).toBe('yes');
  });
});
