import { expect, it } from '@jest/globals';
import { ErrWatchTooSlow } from '../../src/catalog/errors.ts';
import type { WatchEvent } from '../../src/catalog/watch/watch-event.ts';
import fc from '../support/fast-check.ts';
import { entry, type Reader, watched } from './watch-support.ts';

const NAMES = ['a', 'b', 'p/1', 'p/2', 'p/3', 'p/4', 'p/5', 'q'];

const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('put'), name: fc.constantFrom(...NAMES) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('delete'), name: fc.constantFrom(...NAMES) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose'), name: fc.constantFrom(...NAMES) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('back'), name: fc.constantFrom(...NAMES) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('read'), count: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('resume'), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('burst') }) },
);
type Step = { do: string; name?: string; count?: number; at?: number };

/** What a follower knows: the version of each name that exists. */
type View = ReadonlyMap<string, bigint>;

function after(view: View, event: WatchEvent): View {
  const next = new Map(event.kind === 'reset' ? [] : view);
  if (event.kind === 'put') next.set(event.entry.name, event.entry.version);
  if (event.kind === 'removed') next.delete(event.name);
  return next;
}

/** A follower that goes on from any token which it has seen, with what it knew at that token. */
class Follower {
  readonly #open: (token: string) => Reader;
  #reader: Reader;
  view: View = new Map();
  /** What was known at each token. */
  readonly saved: { token: string; view: View }[] = [{ token: '', view: new Map() }];
  /** Versions told in this stream. */
  readonly #told = new Map<string, bigint>();
  tooSlow = 0;

  constructor(open: (token: string) => Reader) {
    this.#open = open;
    this.#reader = open('');
  }

  async resume(at: number) {
    const { token, view } = this.saved[at % this.saved.length] ?? { token: '', view: new Map() };
    this.#reader.leave();
    this.#reader = this.#open(token);
    this.view = view;
    this.#told.clear();
  }

  /** Reads until nothing is left, or that many. */
  async read(atMost: number, mayGoBack: boolean) {
    for (let left = atMost; left > 0; left--) {
      let event: WatchEvent | undefined;
      try {
        event = await this.#reader.next();
      } catch (error) {
        expect(error).toBeInstanceOf(ErrWatchTooSlow);
        this.tooSlow++;
        await this.resume(this.saved.length - 1);
        continue;
      }
      if (event === undefined) return;
      if (event.kind === 'put' && !mayGoBack) {
        const { name, version } = event.entry;
        expect(version).toBeGreaterThanOrEqual(this.#told.get(name) ?? 0n);
        this.#told.set(name, version);
      }
      this.view = after(this.view, event);
      if (event.resumeToken !== '') this.saved.push({ token: event.resumeToken, view: this.view });
    }
  }
}

const seen = { tooSlow: 0, resets: 0, resumes: 0 };

it('whatever changes, and wherever a follower goes on, in the end it knows what there is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step as fc.Arbitrary<Step>, { maxLength: 60, size: 'max' }),
      fc.constantFrom('', 'p/'),
      fc.constantFrom(2, 5),
      fc.constantFrom(4, 8),
      async (steps, prefix, maxPending, maxRemembered) => {
        const { index, set, drop, open } = watched({ maxPending, maxRemembered });
        set(entry('p/1', 1));
        set(entry('a', 1));
        const latest = (name: string) => Number(index.get(name)?.version ?? 0n);
        let top = 1;
        let mayGoBack = false;
        const follower = new Follower((token) => open(prefix, token));
        for (const { do: what, name = '', count = 0, at = 0 } of steps) {
          if (what === 'put') set(entry(name, ++top));
          if (what === 'burst') for (const each of NAMES.slice(2)) set(entry(each, ++top));
          if (what === 'delete' && latest(name) > 0) set(entry(name, ++top, true));
          if (what === 'lose') drop(name);
          if (what === 'back' && latest(name) > 1) {
            set(entry(name, latest(name) - 1));
            mayGoBack = true;
          }
          if (what === 'lose') mayGoBack = true;
          if (what === 'read') await follower.read(count, mayGoBack);
          if (what === 'resume') {
            seen.resumes++;
            await follower.resume(at);
          }
          if (what === 'restart') await follower.resume(0);
          // A stream begins when it is asked for its first event.
          if (what === 'resume' || what === 'restart') await follower.read(1, mayGoBack);
        }
        await follower.read(1_000, mayGoBack);
        const live = [...index.scan(prefix, undefined)].map(
          ({ name, version }) => [name, version] as const,
        );
        expect([...follower.view].sort()).toEqual(live.sort());
        seen.tooSlow += follower.tooSlow;
      },
    ),
    { numRuns: 600 },
  );
  // The property says nothing if what it is about does not happen.
  expect(seen.tooSlow).toBeGreaterThan(20);
  expect(seen.resumes).toBeGreaterThan(200);
});
