import { describe, expect, it } from '@jest/globals';
import { Follower, type WatchEvent } from '../../src/client/follower.ts';
import { watchResponse } from './fake-service.ts';

const put = (name: string, etag: string, resumeToken = '') =>
  watchResponse({ event: { case: 'put', value: { name, etag } }, resumeToken });
const removed = (name: string, version: bigint, resumeToken = '') =>
  watchResponse({ event: { case: 'removed', value: { name, version } }, resumeToken });
const synced = (resumeToken: string, unreadableNames: string[] = []) =>
  watchResponse({ event: { case: 'synced', value: { unreadableNames } }, resumeToken });
const reset = watchResponse({ event: { case: 'reset', value: {} } });
const heartbeat = (resumeToken: string) =>
  watchResponse({ event: { case: 'heartbeat', value: { indexAgeMs: 1n } }, resumeToken });

function inShort(event: WatchEvent): string {
  if (event.type === 'put') return `put ${event.manifest.name} ${event.manifest.etag}`;
  if (event.type === 'removed') return `removed ${event.name} ${event.version}`;
  return 'synced';
}

/** What is new in the events of one more stream. */
function take(follower: Follower, ...events: ReturnType<typeof put>[]): string[] {
  follower.begin();
  return events.flatMap((event) => [...follower.take(event)].map(inShort));
}

/** A follower that knows a, b and c, at the token t1. */
function knowing(): Follower {
  const follower = new Follower();
  take(follower, put('a', '1'), put('b', '1'), put('c', '1'), synced('t1'));
  return follower;
}

describe('a follower', () => {
  it('passes on what a first stream tells', () => {
    const follower = new Follower();
    const told = take(follower, put('a', '1'), synced('t1'), put('a', '2', 't2'), removed('a', 3n));
    expect(told).toEqual(['put a 1', 'synced', 'put a 2', 'removed a 3']);
    expect(follower.resumeToken).toBe('t2');
  });

  it('goes on from the latest token, that of a heartbeat too', () => {
    const follower = knowing();
    expect(take(follower, heartbeat('t2'))).toEqual([]);
    expect(follower.resumeToken).toBe('t2');
    expect(take(follower, put('b', '2'), put('c', '1'), synced('t3'))).toEqual([
      'put b 2',
      'synced',
    ]);
  });

  it('hides a reset: only what differs is new, names that are not told any more included', () => {
    const follower = knowing();
    const told = take(follower, reset, put('a', '1'), put('b', '2'), put('d', '1'), synced('u1'));
    expect(told).toEqual(['put b 2', 'put d 1', 'removed c 0', 'synced']);
    expect(take(follower, put('c', '1', 'u2'))).toEqual(['put c 1']);
  });

  it('keeps what it knows of names that cannot be read', () => {
    const follower = knowing();
    expect(take(follower, reset, put('a', '1'), synced('u1', ['b']))).toEqual([
      'removed c 0',
      'synced',
    ]);
    expect(take(follower, put('b', '1', 'u2'))).toEqual([]);
  });

  it('keeps all where more names cannot be read than it was told', () => {
    const unreadable = Array.from({ length: 1_000 }, (_, i) => `x${i}`);
    expect(take(knowing(), reset, synced('u1', unreadable))).toEqual(['synced']);
  });

  it('does not go back to an old token once a reset has begun to change what it knows', () => {
    const follower = knowing();
    expect(take(follower, reset, put('a', '2'))).toEqual(['put a 2']);
    expect(follower.resumeToken).toBe('');
    expect(take(follower, put('a', '2'), put('b', '1'), synced('v1'))).toEqual([
      'removed c 0',
      'synced',
    ]);
  });

  it('notices what vanished between two first streams', () => {
    const follower = new Follower();
    expect(take(follower, put('a', '1'), put('b', '1'))).toEqual(['put a 1', 'put b 1']);
    expect(take(follower, put('b', '1'), synced('t1'))).toEqual(['removed a 0', 'synced']);
  });

  it('does not tell of the end of what it never knew', () => {
    expect(take(knowing(), removed('x', 2n, 't2'), removed('a', 2n), removed('a', 3n))).toEqual([
      'removed a 2',
    ]);
  });
});
