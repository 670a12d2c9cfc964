import { describe, expect, it } from '@jest/globals';
import { CatalogClientError, type CatalogClientErrorInit } from '../../src/client/errors.ts';
import {
  type Call,
  checkRetry,
  DEFAULT_RETRY,
  type RetryPolicy,
  withRetries,
} from '../../src/client/retry.ts';

type Failure = Partial<CatalogClientErrorInit>;

const READ: Call = { timeoutMs: 30_000, signal: undefined, requestId: undefined };
const WRITE: Call = { ...READ, requestId: 'r-1' };
const UNKNOWN: Failure = { code: 'UNAVAILABLE', reason: 'OUTCOME_UNKNOWN' };

/** Runs a call whose attempts fail as told, and then succeed; the clock moves only by sleeping. */
async function run(
  failures: readonly (Failure | Error)[],
  call: Call = WRITE,
  policy: Partial<RetryPolicy> = {},
  random = 0.5,
) {
  const waits: number[] = [];
  let now = 1_000;
  let attempts = 0;
  const runtime = {
    monotonic: () => now,
    random: () => random,
    sleep: async (ms: number) => {
      waits.push(ms);
      now += ms;
    },
  };
  const attempt = async () => {
    const failure = failures[attempts];
    attempts += 1;
    if (failure instanceof Error) throw failure;
    if (failure !== undefined) {
      throw new CatalogClientError({ code: 'UNAVAILABLE', message: 'm', ...failure });
    }
    return 'done';
  };
  const end = await withRetries(attempt, call, { ...DEFAULT_RETRY, ...policy }, runtime).catch(
    (error: unknown) => error as CatalogClientError,
  );
  return { end, attempts, waits };
}

const EITHER: readonly Failure[] = [
  { code: 'UNAVAILABLE', reason: 'STORE_UNAVAILABLE', retryAfterMs: 1_000 },
  { code: 'UNAVAILABLE', reason: 'NOT_READY' },
  { code: 'UNAVAILABLE' },
  { code: 'ABORTED', reason: 'CONTENDED', retryAfterMs: 50 },
  { code: 'RESOURCE_EXHAUSTED', reason: 'TOO_BUSY', retryAfterMs: 1_000 },
];

const NEITHER: readonly Failure[] = [
  // Not even if the service should name a time to wait.
  { code: 'ABORTED', reason: 'ETAG_MISMATCH', retryAfterMs: 1 },
  { code: 'ABORTED', reason: 'VERSION_GONE', retryAfterMs: 1 },
  { code: 'FAILED_PRECONDITION', reason: 'FINGERPRINT_CONFLICT', retryAfterMs: 1 },
  { code: 'FAILED_PRECONDITION', reason: 'UPGRADE_REQUIRED' },
  { code: 'INVALID_ARGUMENT', reason: 'REQUEST_ID_REUSED' },
  { code: 'INVALID_ARGUMENT', reason: 'EMPTY_NAME' },
  { code: 'NOT_FOUND', reason: 'MANIFEST_NOT_FOUND' },
  { code: 'NOT_FOUND', reason: 'OBJECT_NOT_FOUND' },
  { code: 'ALREADY_EXISTS', reason: 'MANIFEST_EXISTS' },
  { code: 'FAILED_PRECONDITION', reason: 'NOT_DELETED' },
  { code: 'FAILED_PRECONDITION', reason: 'SCHEMA_INCOMPATIBLE' },
  { code: 'RESOURCE_EXHAUSTED', reason: 'MANIFEST_TOO_LARGE' },
  { code: 'DATA_LOSS', reason: 'CORRUPT_MANIFEST' },
  { code: 'INTERNAL', reason: 'INTERNAL' },
  { code: 'CANCELLED', reason: 'CLIENT_CLOSED' },
  { code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' },
  { code: 'UNAUTHENTICATED' },
  { code: 'UNIMPLEMENTED' },
  { code: 'RESOURCE_EXHAUSTED' },
];

describe('withRetries', () => {
  it.each(EITHER)('repeats a read and a write after $code $reason', async (failure) => {
    for (const call of [READ, WRITE]) {
      expect(await run([failure, failure], call)).toMatchObject({ end: 'done', attempts: 3 });
    }
  });

  it.each(NEITHER)('repeats nothing after $code $reason', async (failure) => {
    for (const call of [READ, WRITE]) {
      const { end, attempts } = await run([failure], call);
      expect(end).toMatchObject(failure);
      expect(attempts).toBe(1);
    }
  });

  it.each(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED', 'INTERNAL'] as const)(
    'repeats a write of unknown outcome, reported as %s',
    async (code) => {
      expect(await run([{ ...UNKNOWN, code }])).toMatchObject({ end: 'done', attempts: 2 });
    },
  );

  it.each(['CANCELLED', 'INTERNAL'] as const)(
    'repeats a read whose stream was cut with %s, but not a write: it has no such outcome',
    async (code) => {
      expect((await run([{ code }], READ)).attempts).toBe(2);
      expect((await run([{ code }], WRITE)).attempts).toBe(1);
    },
  );

  it('waits a random part of a bound that doubles up to its limit', async () => {
    const failures = Array<Failure>(6).fill({});
    const policy = { maxAttempts: 7, baseDelayMs: 100, maxDelayMs: 1_000 };
    expect((await run(failures, READ, policy, 0.5)).waits).toEqual([50, 100, 200, 400, 500, 500]);
    expect((await run(failures, READ, policy, 0)).waits).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('waits what RetryInfo says at least, and lets nothing shorten the wait', async () => {
    const waits = async (retryAfterMs: number) =>
      (await run([{ retryAfterMs }], READ, { baseDelayMs: 100 })).waits;
    expect(await waits(1_000)).toEqual([1_050]);
    expect(await waits(-1_000)).toEqual([50]);
  });

  it('ends after the last attempt with its error', async () => {
    const failures = Array.from({ length: 9 }, (_, i) => ({ message: `${i}` }));
    const { end, attempts } = await run(failures, READ, { maxAttempts: 3 });
    expect(attempts).toBe(3);
    expect(end).toMatchObject({ message: '2' });
    expect((await run(failures, READ, { maxAttempts: 1 })).waits).toEqual([]);
  });

  it('begins no wait that would outlast the call', async () => {
    const call = { ...READ, timeoutMs: 1_000 };
    const { end, waits } = await run([{ retryAfterMs: 900 }, {}], call);
    expect(waits).toEqual([]);
    expect(end).toMatchObject({ code: 'UNAVAILABLE' });
    expect((await run([{ retryAfterMs: 899 }], call)).end).toBe('done');
    expect((await run([{ retryAfterMs: Number.POSITIVE_INFINITY }], call)).waits).toEqual([]);
  });

  it('makes no attempt when a sleep took longer than the call may', async () => {
    let now = 0;
    let attempts = 0;
    const sleep = async () => {
      now += 9_999;
    };
    const slow = { monotonic: () => now, random: () => 0, sleep };
    const call = { ...READ, timeoutMs: 1_000 };
    const attempt = async () => {
      attempts += 1;
      throw new CatalogClientError({ code: 'UNAVAILABLE', message: 'm' });
    };
    await expect(withRetries(attempt, call, DEFAULT_RETRY, slow)).rejects.toThrow('m');
    expect(attempts).toBe(1);
  });

  it('repeats nothing that the caller cancelled', async () => {
    const { attempts } = await run([UNKNOWN], { ...WRITE, signal: AbortSignal.abort() });
    expect(attempts).toBe(1);
  });

  it('passes other exceptions on as they are', async () => {
    const bug = new TypeError('a bug');
    expect(await run([bug])).toMatchObject({ attempts: 1, end: bug });
    expect((await run([UNKNOWN, bug])).end).toBe(bug);
  });

  describe('after an attempt of unknown outcome', () => {
    it.each<Failure>([
      { code: 'UNAVAILABLE', reason: 'STORE_UNAVAILABLE', retryAfterMs: 5 },
      { code: 'UNAVAILABLE' },
      { code: 'ABORTED', reason: 'CONTENDED' },
      { code: 'DEADLINE_EXCEEDED' },
      { code: 'CANCELLED' },
      { code: 'UNAUTHENTICATED' },
      { code: 'INVALID_ARGUMENT' },
      { code: 'FAILED_PRECONDITION', reason: 'UPGRADE_REQUIRED', metadata: { name: 'a' } },
    ])('$code $reason does not settle it', async (last) => {
      const { end } = await run([UNKNOWN, last], WRITE, { maxAttempts: 2 });
      expect(end).toMatchObject({
        code: last.code,
        reason: 'OUTCOME_UNKNOWN',
        metadata: { ...last.metadata, request_id: 'r-1' },
        cause: { reason: last.reason ?? '' },
      });
      expect((end as Error).message).toContain('an earlier attempt may have happened');
    });

    it('it stays unknown over several', async () => {
      const { end, attempts } = await run([UNKNOWN, {}, {}], WRITE, { maxAttempts: 3 });
      expect(attempts).toBe(3);
      expect(end).toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
    });

    it.each<Failure>([
      { code: 'ABORTED', reason: 'ETAG_MISMATCH' },
      { code: 'FAILED_PRECONDITION', reason: 'FINGERPRINT_CONFLICT' },
      { code: 'INVALID_ARGUMENT', reason: 'REQUEST_ID_REUSED' },
      { code: 'NOT_FOUND', reason: 'MANIFEST_NOT_FOUND' },
      { code: 'NOT_FOUND', reason: 'OBJECT_NOT_FOUND' },
      { code: 'ALREADY_EXISTS', reason: 'MANIFEST_EXISTS' },
      { code: 'FAILED_PRECONDITION', reason: 'NOT_DELETED' },
      { code: 'FAILED_PRECONDITION', reason: 'SCHEMA_INCOMPATIBLE' },
      { code: 'INVALID_ARGUMENT', reason: 'INVALID_NAME' },
    ])('$code $reason says that nothing has happened', async (last) => {
      const { end, attempts } = await run([UNKNOWN, last, {}]);
      expect(end).toMatchObject(last);
      expect(attempts).toBe(2);
    });
  });
});

describe('checkRetry', () => {
  it.each([
    [{ maxAttempts: 0 }, 'retry.maxAttempts must be a whole number of 1 to 100, not 0'],
    [{ maxAttempts: 1.5 }, 'not 1.5'],
    [{ baseDelayMs: 0 }, 'retry.baseDelayMs'],
    [{ maxDelayMs: 199 }, 'retry.maxDelayMs must be a whole number of 200 to 600000, not 199'],
  ])('refuses %j', (change, message) => {
    expect(() => checkRetry({ ...DEFAULT_RETRY, ...change })).toThrow(message);
  });
});
