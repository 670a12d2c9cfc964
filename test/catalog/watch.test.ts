import { describe, expect, it } from '@jest/globals';
import {
  ErrCanceled,
  ErrInvalidArgument,
  ErrNotReady,
  ErrTooManyWatchers,
  ErrWatchTooSlow,
} from '../../src/catalog/errors.ts';
import { entry, inShort, watched } from './watch-support.ts';

const SYNCED = ['synced'];

describe('a watcher', () => {
  it('is told the state in the order of names, then synced, then each change', async () => {
    const { set, drop, open } = watched();
    for (const name of ['b', 'a.b', 'c', 'a/b']) set(entry(name, 1));
    set(entry('gone', 2, true));
    const reader = open();
    expect(inShort(await reader.read())).toEqual([
      ...['put a.b@1', 'put a/b@1', 'put b@1', 'put c@1'],
      'synced',
    ]);
    set(entry('b', 2));
    expect(inShort(await reader.read())).toEqual(['put b@2']);
    set(entry('b', 3, true));
    set(entry('a', 1));
    drop('c');
    expect(inShort(await reader.read())).toEqual(['removed b@3', 'put a@1', 'removed c@0']);
  });

  it('is told of names under its prefix alone, and which of them cannot be read', async () => {
    const { set, open } = watched({}, ['a/bad', 'b/bad']);
    const reader = open('a/');
    const [synced] = await reader.read();
    expect(synced).toMatchObject({ kind: 'synced', unreadable: ['a/bad'] });
    set(entry('b/1', 1));
    set(entry('a', 1));
    set(entry('a/1', 1));
    expect(inShort(await reader.read())).toEqual(['put a/1@1']);
  });

  it('is told once of what changes again and again while it does not read, at its latest', async () => {
    const { set, open } = watched();
    const reader = open();
    await reader.read();
    for (let version = 1; version <= 50; version++) set(entry('a', version));
    set(entry('b', 1));
    set(entry('a', 51, true));
    expect(inShort(await reader.read())).toEqual(['removed a@51', 'put b@1']);
  });

  it('misses nothing that changes while the state is being told, and is told nothing twice', async () => {
    const { set, open } = watched();
    const names = Array.from({ length: 1_200 }, (_, i) => `n${String(i).padStart(4, '0')}`);
    for (const name of names) set(entry(name, 1));
    const reader = open();
    const events = await reader.read(70);
    set(entry('n0000', 2)); // told
    set(entry('n0100', 2)); // looked up, not told yet
    set(entry('n0101', 2, true)); // looked up, will never be told
    set(entry('n0100x', 1)); // new among those looked up
    set(entry('n0900', 2)); // not looked up yet
    set(entry('n0900x', 1)); // new behind those
    set(entry('zzz', 1)); // new at the end
    events.push(...(await reader.read()));
    const told = inShort(events);
    expect(told.indexOf('synced')).toBe(1_201);
    const expected = new Map(names.map((name) => [name, `put ${name}@1`]));
    for (const name of ['n0000', 'n0100', 'n0900']) expected.set(name, `put ${name}@2`);
    for (const name of ['n0100x', 'n0900x', 'zzz']) expected.set(name, `put ${name}@1`);
    expected.delete('n0101');
    expect(new Set(told)).toEqual(new Set([...expected.values(), 'put n0000@1', 'synced']));
    expect(told.length).toBe(new Set(told).size);
  });

  it('gets a heartbeat for every ten seconds in which nothing else happens', async () => {
    const { set, open, runtime } = watched();
    const reader = open();
    await reader.read();
    runtime.pass(9_999);
    expect(await reader.read()).toEqual([]);
    runtime.pass(1);
    expect(await reader.read()).toMatchObject([{ kind: 'heartbeat', indexAgeMs: 1_234 }]);
    runtime.pass(6_000);
    set(entry('a', 1));
    expect(inShort(await reader.read())).toEqual(['put a@1']);
    runtime.pass(6_000);
    expect(await reader.read()).toEqual([]);
    expect(runtime.sleeping).toBe(1);
  });

  it.each([
    ['canceled', ErrCanceled],
    ['shutdown', ErrNotReady],
  ] as const)('whose caller has left (%s) ends at once', async (because, error) => {
    const { open, watches } = watched();
    const reader = open('', '', because);
    await reader.read();
    reader.leave();
    expect(watches.size).toBe(0);
    await expect(reader.read()).rejects.toBeInstanceOf(error);
  });
});

describe('bounds', () => {
  it('end a watcher that does not read while more names change than are kept, and no other', async () => {
    const { set, open, watches } = watched({ maxPending: 10 });
    const [stalled, narrow, reading] = [open(), open('a'), open()];
    for (const reader of [stalled, narrow, reading]) await reader.read();
    for (let i = 0; i < 30; i++) {
      set(entry(`b${i}`, 1));
      await reading.read();
    }
    await expect(stalled.read()).rejects.toBeInstanceOf(ErrWatchTooSlow);
    expect(await narrow.read()).toEqual([]);
    expect(watches.size).toBe(2);
  });

  it('keep exactly as many names as they say', async () => {
    const { set, open } = watched({ maxPending: 10 });
    const reader = open();
    await reader.read();
    for (let i = 0; i < 10; i++) set(entry(`b${i}`, 1));
    for (let i = 0; i < 10; i++) set(entry(`b${i}`, 2));
    expect(await reader.read()).toHaveLength(10);
  });

  it('refuse watchers above their number, until one ends', async () => {
    const { open } = watched({ maxWatchers: 2 });
    const [first, second] = [open(), open()];
    await first.read();
    await second.read();
    await expect(open().read()).rejects.toBeInstanceOf(ErrTooManyWatchers);
    second.leave();
    expect(inShort(await open().read())).toEqual(SYNCED);
  });
});

describe('resuming', () => {
  it('tells what has changed since, then synced', async () => {
    const { set, open } = watched();
    set(entry('a', 1));
    const first = open();
    const token = (await first.read()).at(-1)?.resumeToken;
    set(entry('b', 1));
    set(entry('a', 2));
    set(entry('c', 1, true));
    set(entry('b', 2));
    expect(inShort(await open('', token).read())).toEqual([
      ...['put a@2', 'removed c@1', 'put b@2'],
      'synced',
    ]);
  });

  it.each([
    ['too many names have changed for it to remember', { maxRemembered: 5 }],
    ['more names have changed than are kept', { maxPending: 5 }],
  ])('begins anew, after reset, where %s', async (_, limits) => {
    const { set, open } = watched(limits);
    set(entry('a', 1));
    const first = open();
    const token = (await first.read()).at(-1)?.resumeToken;
    first.leave();
    for (let i = 0; i < 6; i++) set(entry(`b${i}`, 1));
    const [reset, put, ...more] = inShort(await open('', token).read());
    expect([reset, put, more.length]).toEqual(['reset', 'put a@1', 7]);
  });

  it('begins anew at another process', async () => {
    const [one, other] = [watched(), watched()];
    other.runtime.uuid();
    const token = (await one.open('p').read()).at(-1)?.resumeToken;
    other.set(entry('p1', 1));
    expect(inShort(await other.open('p', token).read())).toEqual(['reset', 'put p1@1', 'synced']);
  });

  it('has tokens from synced on, on heartbeats too', async () => {
    const { set, open, runtime } = watched();
    set(entry('a', 1));
    const reader = open();
    const events = await reader.read();
    expect(events.map(({ resumeToken }) => resumeToken === '')).toEqual([true, false]);
    runtime.pass(10_000);
    const [heartbeat] = await reader.read();
    expect(inShort(await open('', heartbeat?.resumeToken).read())).toEqual(SYNCED);
  });

  it('refuses what is no token, or that of another prefix', async () => {
    const { open } = watched();
    const token = (await open('a').read()).at(-1)?.resumeToken ?? '';
    const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [format, prefix, incarnation] = JSON.parse(Buffer.from(token, 'base64url').toString());
    const damaged = [
      'nonsense',
      token.slice(0, -4),
      'x'.repeat(10_000),
      made({}),
      made([2, prefix, incarnation, 0]),
      made([format, prefix, incarnation, -1]),
      made([format, prefix, incarnation, 1.5]),
      made([format, prefix, incarnation, '0']),
      made([format, prefix, 7, 0]),
      made([format]),
    ];
    for (const each of damaged) {
      await expect(open('a', each).read()).rejects.toBeInstanceOf(ErrInvalidArgument);
    }
    await expect(open('b', token).read()).rejects.toThrow(/another prefix/);
    // Of this process, but not yet given out: not to be trusted, and no fault either.
    expect(inShort(await open('a', made([format, prefix, incarnation, 9])).read())).toEqual([
      'reset',
      'synced',
    ]);
  });

  it('refuses a prefix that no name can have', async () => {
    const { open } = watched();
    await expect(open('a\u0000').read()).rejects.toBeInstanceOf(ErrInvalidArgument);
    await expect(open('a'.repeat(513)).read()).rejects.toBeInstanceOf(ErrInvalidArgument);
  });
});

it('is cheap: 10,000 changes of 1,000 names with 1,000 watchers that do not read', async () => {
  const { set, open } = watched();
  const readers = Array.from({ length: 1_000 }, () => open());
  for (const reader of readers) await reader.next();
  for (let i = 0; i < 10_000; i++) set(entry(`n${i % 1_000}`, i));
  expect(await readers[0]?.read()).toHaveLength(1_000);
});
