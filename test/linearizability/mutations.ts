import type { Profile } from './cluster.ts';
import { EXCLUSIVE, SHARED } from './cluster.ts';
import { GROUP_MUTATIONS } from './group-mutations.ts';
import { LIFE_MUTATIONS } from './life-mutations.ts';

/** One place in the sources that is changed. */
export interface Change {
  /** Below `src/`. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly before: string;
  readonly after: string;
}

/** A mistake that somebody might make, and that must not go unnoticed. */
export interface Mutation {
  readonly title: string;
  readonly changes: readonly Change[];
  readonly profile: Profile;
}

const NO_LOOK_UP: Change = {
  file: 'catalog/manifest-writer.ts',
  before: "if (fate === 'lost' || !unknown || !stillBase) {",
  after:
    "if (fate === 'lost' || cause instanceof PreconditionFailedError || !unknown || !stillBase) {",
};

/** Skips the question whether an attempt of this call is what made the condition fail. */
const BELIEVE_412: readonly Change[] = [
  {
    file: 'catalog/manifest-writer.ts',
    before: "if (fate === 'landed') {",
    after: "if (fate === 'landed' && !(cause instanceof PreconditionFailedError)) {",
  },
  NO_LOOK_UP,
];

const MODE =
  "return on === undefined ? { kind: 'create' } : { kind: 'replace', etag: on.storeEtag };";

export const MUTATIONS: readonly Mutation[] = [
  {
    // Where puts are conditional these do what the lock does, and the lock only saves lost races.
    title: 'no lock',
    profile: EXCLUSIVE,
    changes: [{ file: 'catalog/key-lock.ts', before: '      await before;\n', after: '' }],
  },
  {
    title: 'no If-Match',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/manifest-writer.ts',
        before: MODE,
        after: "return { kind: on === undefined ? 'create' : 'overwrite' };",
      },
    ],
  },
  {
    title: 'no If-None-Match',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/manifest-writer.ts',
        before: MODE,
        after: MODE.replace("'create'", "'overwrite'"),
      },
    ],
  },
  { title: '412 believed blindly', profile: SHARED, changes: BELIEVE_412 },
  {
    title: 'retry by the SDK, without the look-up of the write id',
    profile: SHARED,
    changes: [
      { file: 's3/client.ts', before: 'maxAttempts: 1,', after: 'maxAttempts: 3,' },
      ...BELIEVE_412,
    ],
  },
  {
    title: 'memory swapped before the put',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/manifest-writer.ts',
        before: 'const { etag } = await store.put(',
        after:
          'index.observe(name, batch.entries.at(-1), on);\n    const { etag } = await store.put(',
      },
    ],
  },
  {
    title: '"still the old version" taken for lost',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/manifest-writer.ts',
        before: "if (fate === 'lost' || !unknown || !stillBase) {",
        after: "if (fate === 'lost' || fate === 'undecided') {",
      },
    ],
  },
  {
    title: 'request ids forgotten after a restart',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/rehydrate.ts',
        before: 'entries.set(entry.name, entry);',
        after:
          "entries.set(entry.name, Object.defineProperty(entry, 'recentWrites', { value: [] }));",
      },
    ],
  },
  {
    title: 'a stale index served as strong',
    profile: SHARED,
    changes: [{ file: 'catalog/finder.ts', before: 'if (!strong) {', after: 'if (true) {' }],
  },
  {
    title: 'a strong read joining a GET in flight',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/single-flight.ts',
        before: 'if (flying === undefined) return this.#send(key);',
        after: 'return flying ?? this.#send(key);',
      },
    ],
  },
  {
    // What was registered while the listing was on its way is not in it. That such a name counts as seen
    // saves a read of it, and by itself would hide the mistake.
    title: 'LIST trusted for absence',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/manifest-index.ts',
        before: 'shown.sweep = now?.sweep ?? this.#sweep;',
        after: 'shown.sweep = now?.sweep ?? 0;',
      },
      {
        file: 'catalog/refresh.ts',
        before: 'if (entry.sweep < sweep) changed.add(entry.name);',
        after: 'if (entry.sweep < sweep) index.observe(entry.name, undefined, entry);',
      },
    ],
  },
  ...GROUP_MUTATIONS,
  ...LIFE_MUTATIONS,
];
