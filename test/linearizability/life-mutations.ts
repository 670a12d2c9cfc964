import { SHARED } from './cluster.ts';
import type { Mutation } from './mutations.ts';

const VERSION = 'const version = (current?.version ?? 0n) + 1n;';

/** Mistakes in what happens to a dataset besides registers. */
export const LIFE_MUTATIONS: readonly Mutation[] = [
  {
    title: 'a tombstone forgotten at a restart',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/rehydrate.ts',
        before: 'if (entry !== undefined) entries.set(',
        after: 'if (entry !== undefined && entry.deletedAt === undefined) entries.set(',
      },
    ],
  },
  {
    // The store still has the tombstone, so no listing shows that anything is wrong.
    title: 'a tombstone taken for a live dataset at a restart',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/rehydrate.ts',
        before: 'entries.set(entry.name, entry);',
        after:
          "entries.set(entry.name, Object.defineProperty(entry, 'deletedAt', { value: undefined }));",
      },
    ],
  },
  {
    // A create that was sent long ago then finds an empty place.
    title: 'a purge that removes the file',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/manifest-writer.ts',
        before: 'const entries = batch.entries.map((entry) => entry.storedAs(etag));',
        after:
          "if (batch.file.manifest.schemaFingerprint === '') await store.delete(manifestKey(name));\n" +
          '    const entries = batch.entries.map((entry) => entry.storedAs(etag));',
      },
    ],
  },
  {
    title: 'labels wiped by a register that does not give any',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/register-rules.ts',
        before: 'labels = stays.labels,',
        after: 'labels = NEW.labels,',
      },
    ],
  },
  {
    title: 'the version reset by a new create',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/decide.ts',
        before: VERSION,
        after: 'const version = createdNow ? 1n : (current?.version ?? 0n) + 1n;',
      },
      {
        file: 'catalog/decide.ts',
        before: '...before,',
        after: '...(content.createdNow ? [] : before),',
      },
    ],
  },
  {
    title: 'the time of creation kept by a new create',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/decide.ts',
        before: 'createdNow === true ? time : (current?.createdAt ?? time)',
        after: 'current?.createdAt ?? time',
      },
    ],
  },
  {
    title: 'a refusal believed from the index',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/write-path.ts',
        before: '} else if (fresh) {',
        after: "} else if (fresh || decision.kind === 'refuse') {",
      },
    ],
  },
];
