import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eachListed } from '../../src/store/each-listed.ts';
import { PreconditionFailedError, StoreUnavailableError } from '../../src/store/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { all, bytes, inParallel, read } from './objects.ts';
import { countUp, hasWon } from './races.ts';

/** How hard a store is tried. The defaults suit a store on this machine. */
export interface StoreContractOptions {
  /** Objects in the long listing; more than 1,000 make S3 answer in pages. */
  readonly listed?: number;
  /** Rounds of the create race, each of which has one winner. */
  readonly races?: number;
  /** Increments that each of the writers makes to the counter. */
  readonly increments?: number;
  /** Milliseconds for the longest of the tests. */
  readonly timeoutMs?: number;
}

const CREATE = { kind: 'create' } as const;
const OVERWRITE = { kind: 'overwrite' } as const;
const replace = (etag: string) => ({ kind: 'replace', etag }) as const;

/**
 * The promises of {@link Store}, tried on one store; every kind of store passes the same suite.
 *
 * @param open opens an empty store; called once.
 */
export function describeStoreContract(
  name: string,
  open: () => Promise<Store>,
  { listed = 1100, races = 20, increments = 20, timeoutMs = 30_000 }: StoreContractOptions = {},
): void {
  describe(`${name} keeps the contract of a store`, () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());

    it('has a URL without credentials', () => {
      expect(store.url).toMatch(/^(memory:|file:|s3:)/);
      expect(new URL(store.url).password).toBe('');
      expect(store.rootUri?.endsWith('/')).not.toBe(true);
    });

    it('gives back what was put, with the etag that the put told', async () => {
      const { etag } = await store.put('basic/a', bytes('one'), CREATE);
      expect(await read(store, 'basic/a')).toEqual({ text: 'one', etag });
    });

    it('has nothing at a key that was never put, nor at a part or extension of one', async () => {
      await store.put('absent/a/b', bytes('x'), CREATE);
      expect(await store.get('absent')).toBeUndefined();
      expect(await store.get('absent/a')).toBeUndefined();
      expect(await store.get('absent/a/b/c')).toBeUndefined();
    });

    it('creates only what is not there, and changes nothing otherwise', async () => {
      const { etag } = await store.put('create/a', bytes('first'), CREATE);
      await expect(store.put('create/a', bytes('second'), CREATE)).rejects.toThrow(
        PreconditionFailedError,
      );
      expect(await read(store, 'create/a')).toEqual({ text: 'first', etag });
    });

    it('replaces only the version of the etag, and changes nothing otherwise', async () => {
      const first = await store.put('replace/a', bytes('first'), CREATE);
      const second = await store.put('replace/a', bytes('second'), replace(first.etag));
      expect(second.etag).not.toBe(first.etag);
      await expect(store.put('replace/a', bytes('third'), replace(first.etag))).rejects.toThrow(
        PreconditionFailedError,
      );
      expect(await read(store, 'replace/a')).toEqual({ text: 'second', etag: second.etag });
    });

    it('replaces by the etag that a get or a list told', async () => {
      await store.put('replace/b', bytes('0'), CREATE);
      const got = await store.get('replace/b');
      await store.put('replace/b', bytes('1'), replace(got?.etag ?? ''));
      const [shown] = await all(store, 'replace/b');
      await store.put('replace/b', bytes('2'), replace(shown?.etag ?? ''));
      expect((await read(store, 'replace/b'))?.text).toBe('2');
    });

    it('does not replace what is not there', async () => {
      const { etag } = await store.put('replace/c', bytes('x'), CREATE);
      await store.delete('replace/c');
      await expect(store.put('replace/c', bytes('y'), replace(etag))).rejects.toThrow(
        PreconditionFailedError,
      );
      expect(await store.get('replace/c')).toBeUndefined();
      await store.put('replace/c', bytes('z'), CREATE);
    });

    it('overwrites whatever is there', async () => {
      await store.put('overwrite/a', bytes('longer than the next'), OVERWRITE);
      const { etag } = await store.put('overwrite/a', bytes('short'), OVERWRITE);
      expect(await read(store, 'overwrite/a')).toEqual({ text: 'short', etag });
    });

    it('gives different bodies of equal length different etags, however fast they follow', async () => {
      const etags = new Set<string>();
      for (let i = 0; i < 50; i += 1) {
        etags.add((await store.put('etag/a', bytes(`body ${10 + i}`), OVERWRITE)).etag);
      }
      expect(etags.size).toBe(50);
    });

    it('removes, durably and more than once', async () => {
      await store.put('delete/a', bytes('x'), CREATE);
      await store.delete('delete/a');
      await store.delete('delete/a');
      await store.delete('delete/never/was');
      expect(await store.get('delete/a')).toBeUndefined();
      expect(await all(store, 'delete/')).toEqual([]);
    });

    it('tells by its own clock which of two objects was written later', async () => {
      await store.put('times/a', bytes('a'), CREATE);
      // S3 counts in whole seconds.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await store.put('times/b', bytes('b'), CREATE);
      const times = new Map(
        (await all(store, 'times/')).map((each) => [each.key, each.modifiedMs]),
      );
      expect(times.get('times/b')).toBeGreaterThan(times.get('times/a') as number);
    });

    it('keeps an empty body and one of 7 MB', async () => {
      await store.put('size/empty', new Uint8Array(), CREATE);
      expect((await store.get('size/empty'))?.body.byteLength).toBe(0);
      const large = Uint8Array.from({ length: 7_000_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
      await store.put('size/large', large, CREATE);
      const got = await store.get('size/large');
      expect(Buffer.compare(got?.body ?? bytes(''), large)).toBe(0);
      expect((await all(store, 'size/')).map(({ sizeBytes }) => sizeBytes).sort()).toEqual([
        0, 7_000_000,
      ]);
    });

    it('shares no memory with its callers', async () => {
      const body = bytes('original');
      await store.put('memory/a', body, CREATE);
      body.fill(0);
      const got = await store.get('memory/a');
      got?.body.fill(0);
      expect((await read(store, 'memory/a'))?.text).toBe('original');
    });

    it('writes the part of a buffer that it was given', async () => {
      await store.put('memory/b', bytes('..part..').subarray(2, 6), CREATE);
      expect((await read(store, 'memory/b'))?.text).toBe('part');
    });

    it.each(ODD_KEYS)('keeps the key %j as it is', async (key) => {
      const { etag } = await store.put(`odd/${key}`, bytes(key), CREATE);
      expect(await read(store, `odd/${key}`)).toEqual({ text: key, etag });
      const sizeBytes = Buffer.byteLength(key);
      expect(await all(store, `odd/${key}`)).toEqual([
        { key: `odd/${key}`, etag, sizeBytes, modifiedMs: expect.any(Number) },
      ]);
      await store.delete(`odd/${key}`);
      expect(await store.get(`odd/${key}`)).toBeUndefined();
    });

    it.each(['', '/a', 'a/', 'a//b', '.', '../a', 'a/..', 'a/./b', 'a\0', 'a\\b', '\ud800'])(
      'refuses the key %j',
      async (key) => {
        await expect(store.get(key)).rejects.toThrow(TypeError);
        await expect(store.put(key, bytes('x'), OVERWRITE)).rejects.toThrow(TypeError);
        await expect(store.delete(key)).rejects.toThrow(TypeError);
      },
    );

    it('lists by any prefix of a key, in folders or not', async () => {
      const keys = ['list/a.b', 'list/a/x', 'list/a/y/z', 'list/ab', 'list2/a'];
      for (const key of keys) await store.put(key, bytes(key), CREATE);
      const keysOf = async (prefix: string) =>
        (await all(store, prefix)).map(({ key }) => key).sort();
      expect(await keysOf('list')).toEqual(keys.toSorted());
      expect(await keysOf('list/')).toEqual(keys.slice(0, 4).toSorted());
      expect(await keysOf('list/a')).toEqual(keys.slice(0, 4).toSorted());
      expect(await keysOf('list/a/')).toEqual(['list/a/x', 'list/a/y/z']);
      expect(await keysOf('list/a/y/')).toEqual(['list/a/y/z']);
      expect(await keysOf('list/a/y/z')).toEqual(['list/a/y/z']);
      expect(await keysOf('list/a/y/z/')).toEqual([]);
      expect(await keysOf('none')).toEqual([]);
      expect(await keysOf('')).toEqual(expect.arrayContaining(keys));
    });

    it(
      'lists many objects, each once, with the etags that the puts told',
      async () => {
        const etags = new Map<string, string>();
        const keys = Array.from({ length: listed }, (_, i) => `many/${i % 7}/object ${i}`);
        await inParallel(8, keys, async (key) => {
          etags.set(key, (await store.put(key, bytes(key), CREATE)).etag);
        });
        const shown = await all(store, 'many/');
        expect(shown.length).toBe(listed);
        expect(new Map(shown.map(({ key, etag }) => [key, etag]))).toEqual(etags);
      },
      timeoutMs,
    );

    it(
      'lists the same in ranges, wherever it is cut',
      async () => {
        const whole = (await all(store, 'many/')).map(({ key }) => key).sort();
        const inRanges = async (cuts: string[], atOnce: number) => {
          const keys: string[] = [];
          for await (const { key } of eachListed(store, 'many/', { cuts, atOnce })) keys.push(key);
          return keys.sort();
        };
        // Unordered, twice, outside, between keys and at keys, and where UTF-16 and UTF-8 differ.
        const cuts = [
          'many/5',
          'many/2/object 9',
          'many/5',
          'a',
          'zzz',
          'many/0/object 0',
          'many/',
        ];
        expect(await inRanges(cuts, 3)).toEqual(whole);
        expect(
          await inRanges(
            whole.filter((_, i) => i % 97 === 0),
            16,
          ),
        ).toEqual(whole);
        expect(await inRanges(['many/3/\u{1f5ff}', 'many/3/\ufb01', 'many/1'], 1)).toEqual(whole);
        await store.put('cut/\u{1f5ff}', bytes('x'), CREATE);
        await store.put('cut/\ufb01', bytes('x'), CREATE);
        const shown: string[] = [];
        const hints = { cuts: ['cut/\ufb01', 'cut/\u{1f5ff}', 'cut/\ufb02'], atOnce: 2 };
        for await (const { key } of eachListed(store, 'cut/', hints)) shown.push(key);
        expect(shown.sort()).toEqual(['cut/\ufb01', 'cut/\u{1f5ff}'].sort());
      },
      timeoutMs,
    );

    it(
      'shows each object once that is there throughout a listing, whatever is written meanwhile',
      async () => {
        const keys = Array.from({ length: 40 }, (_, i) => `busy/${i}`);
        for (const key of keys) await store.put(key, bytes('0'), CREATE);
        let stop = false;
        const writer = (async () => {
          for (let i = 1; !stop; i += 1) {
            await store.put(`busy/${i % 40}`, bytes(`${i}`), OVERWRITE);
          }
        })();
        try {
          for (let round = 0; round < 5; round += 1) {
            const shown = (await all(store, 'busy/')).map(({ key }) => key);
            expect(shown.sort()).toEqual(keys.toSorted());
          }
        } finally {
          stop = true;
          await writer;
        }
      },
      timeoutMs,
    );

    it('lets a caller leave a listing early', async () => {
      for await (const { key } of eachListed(store, 'many/')) {
        expect(key).toMatch(/^many\//);
        break;
      }
    });

    it(
      'lets exactly one of many concurrent creates win',
      async () => {
        for (let round = 0; round < races; round += 1) {
          const key = `race/${round}`;
          const puts = Array.from({ length: 16 }, (_, i) => store.put(key, bytes(`${i}`), CREATE));
          const outcomes = await Promise.allSettled(puts);
          const found = await read(store, key);
          const wins = outcomes.filter((outcome, i) => hasWon(outcome, `${i}`, found?.text));
          expect(wins.length).toBe(1);
        }
      },
      timeoutMs,
    );

    it(
      'counts exactly by compare-and-swap',
      async () => {
        await store.put('counter', bytes('0 start'), CREATE);
        const writers = ['a', 'b', 'c', 'd'];
        const landed = await Promise.all(
          writers.map((writer) => countUp(store, 'counter', writer, increments)),
        );
        const total = landed.reduce((sum, count) => sum + count, 0);
        expect(total).toBe(writers.length * increments);
        expect((await read(store, 'counter'))?.text.split(' ')[0]).toBe(`${total}`);
      },
      timeoutMs,
    );
  });

  describe(`${name}, closed`, () => {
    it('refuses every call', async () => {
      const store = await open();
      await store.close();
      await store.close();
      const calls = [
        () => store.get('a'),
        () => store.put('a', bytes('x'), OVERWRITE),
        () => store.delete('a'),
        () => all(store, ''),
      ];
      for (const call of calls) await expect(call()).rejects.toThrow(StoreUnavailableError);
    });
  });
}

const segment240 = 'é'.repeat(120);

const ODD_KEYS = [
  'with space',
  'a+b&c%d#e?f=g',
  '%2F%41',
  '.hidden/..two/dots..',
  'ünïcödé/名前/🗿',
  '(brackets) [square] {curly} <angle>',
  'quote\'"`~!@$^*;:,|',
  'CASE/case',
  `${segment240}.parquet`,
  // A name of 512 bytes as the catalog makes a key of it.
  `manifests/${'n'.repeat(240)}/${segment240}/${'x'.repeat(30)}.parquet`,
];
