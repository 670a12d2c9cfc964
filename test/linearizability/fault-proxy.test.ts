import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eachListed } from '../../src/store/each-listed.ts';
import {
  OutcomeUnknownError,
  PreconditionFailedError,
  StoreUnavailableError,
} from '../../src/store/errors.ts';
import { openS3Store } from '../../src/store/s3.ts';
import type { Store } from '../../src/store/store.ts';
import { faultKinds, SHARED_FAULTS } from './faults.ts';
import { Random } from './random.ts';
import { openTarget, type Target } from './target.ts';

const KEY = '_catalog/manifests/n.parquet';

let target: Target;
/** The store through the proxy, without repetitions of reads. */
let store: Store;

beforeEach(async () => {
  target = await openTarget('', 'proxy');
  store = await openS3Store(target.store, { readAttempts: 1 });
});

afterEach(async () => {
  await store.close();
  await target.close();
});

/** Has the proxy do nothing but faults of one kind. */
function always(kind: string, seed = 1): string[] {
  const done: string[] = [];
  const request = kind.split(' ')[0] as 'get' | 'put' | 'list';
  const without = faultKinds(SHARED_FAULTS, ['put'])
    .filter((each) => each !== kind)
    .map((each) => each.replace('put ', ''));
  const rates = { get: 0, put: 0, list: 0, [request]: 1 };
  target.proxy.disturb({
    plan: { rates, without },
    random: new Random(seed),
    onFault: (each) => void done.push(each),
  });
  return done;
}

const put = (text: string) => store.put(KEY, Buffer.from(text), { kind: 'create' });
const stored = async () => Buffer.from((await target.direct.get(KEY))?.body ?? []).toString();

describe('the fault proxy', () => {
  it('passes everything on while it is not told to disturb', async () => {
    const { etag } = await put('a');
    expect(await store.get(KEY)).toEqual({ body: expect.anything(), etag });
    await expect(put('b')).rejects.toThrow(PreconditionFailedError);
  });

  it.each(['409-before', '500-before', '503-before', 'reset-before'])(
    'put %s: nothing is written',
    async (kind) => {
      const done = always(`put ${kind}`);
      const error = kind === '409-before' ? PreconditionFailedError : OutcomeUnknownError;
      await expect(put('a')).rejects.toThrow(error);
      await target.proxy.idle();
      expect(await stored()).toBe('');
      expect(done).toEqual([`put ${kind}`]);
    },
  );

  it.each(['500-after', '503-after', 'reset-after', 'answer-cut'])(
    'put %s: it is written, and nobody is told',
    async (kind) => {
      always(`put ${kind}`);
      await expect(put('a')).rejects.toThrow(OutcomeUnknownError);
      expect(await stored()).toBe('a');
    },
  );

  it.each(['late-soon', 'late-long'])('put %s: it lands after the answer', async (kind) => {
    always(`put ${kind}`);
    await expect(put('a')).rejects.toThrow(OutcomeUnknownError);
    await target.proxy.idle();
    expect(await stored()).toBe('a');
  });

  it.each(['delayed', 'answer-held'])('put %s: it is written, and said so', async (kind) => {
    always(`put ${kind}`);
    await put('a');
    expect(await stored()).toBe('a');
  });

  it('lets a late put lose against a faster one', async () => {
    // A seed that makes it later than a second.
    always('put late-long', 6);
    await expect(put('late')).rejects.toThrow(OutcomeUnknownError);
    target.proxy.disturb(undefined);
    await put('fast');
    await target.proxy.idle();
    expect(await stored()).toBe('fast');
  });

  it('disturbs reads and listings in every way', async () => {
    await put('a');
    const done = new Set<string>();
    const onFault = (kind: string) => void done.add(kind);
    const rates = { get: 1, put: 0, list: 1 };
    target.proxy.disturb({ plan: { rates, without: [] }, random: new Random(1), onFault });
    let failed = 0;
    const reads = Array.from({ length: 100 }, async (_, i) => {
      try {
        await (i % 2 === 0 ? store.get(KEY) : listed());
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        failed++;
      }
    });
    await Promise.all(reads);
    expect([...done].sort()).toEqual(faultKinds(SHARED_FAULTS, ['get', 'list']).sort());
    expect(failed).toBeGreaterThan(10);
  });
});

async function listed(): Promise<void> {
  for await (const { key } of eachListed(store, '_catalog/manifests/')) expect(key).toBe(KEY);
}
