import { expect } from '@jest/globals';
import { OutcomeUnknownError, PreconditionFailedError } from '../../src/store/errors.ts';
import type { PutResult, Store } from '../../src/store/store.ts';
import { bytes, read } from './objects.ts';

/** Whether a create has won; where its outcome is unknown, what is in the store decides. */
export function hasWon(
  outcome: PromiseSettledResult<PutResult>,
  body: string,
  found?: string,
): boolean {
  if (outcome.status === 'fulfilled') {
    expect(found).toBe(body);
    return true;
  }
  if (outcome.reason instanceof OutcomeUnknownError) return found === body;
  expect(outcome.reason).toBeInstanceOf(PreconditionFailedError);
  return false;
}

/**
 * Adds 1 so many times, each time by get and replace, again after each lost race. The body names
 * the writer and the attempt, so that after an unknown outcome it shows whether that one landed;
 * what another writer has replaced meanwhile cannot be told, so real servers that lose answers
 * make this fail rather than pass.
 */
export async function countUp(
  store: Store,
  key: string,
  writer: string,
  times: number,
): Promise<number> {
  let landed = 0;
  for (let attempt = 0; landed < times; attempt += 1) {
    const current = await read(store, key);
    const next = `${Number(current?.text.split(' ')[0]) + 1} ${writer} ${attempt}`;
    try {
      await store.put(key, bytes(next), { kind: 'replace', etag: current?.etag ?? '' });
      landed += 1;
    } catch (error) {
      if (error instanceof OutcomeUnknownError) {
        if ((await read(store, key))?.text === next) landed += 1;
      } else if (!(error instanceof PreconditionFailedError)) throw error;
    }
  }
  return landed;
}
