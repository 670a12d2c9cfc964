import { SHARED } from './cluster.ts';
import type { Mutation } from './mutations.ts';

/** Mistakes in writing several calls by one put. */
export const GROUP_MUTATIONS: readonly Mutation[] = [
  {
    title: 'of a group only the last call is recorded',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/batch.ts',
        before: 'this.#file?.recentWrites ?? this.#base?.recentWrites ?? []',
        after: 'this.#base?.recentWrites ?? []',
      },
    ],
  },
  {
    title: 'of a group only the first call is written',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/batch.ts',
        before: '    this.#file = file;\n',
        after: '    this.#file ??= file;\n',
      },
    ],
  },
  {
    title: 'a group that lost its race answered as written, but for the first call',
    profile: SHARED,
    changes: [
      {
        file: 'catalog/write-path.ts',
        before: "if (result.kind === 'lost') return result;",
        after:
          "if (result.kind === 'lost') {\n" +
          '        for (const [i, { write, decided }] of group.entries()) {\n' +
          '          if (i === 0) continue;\n' +
          '          write.outcome = { answer: written(decided, batch.entries[i] as Entry) };\n' +
          '        }\n' +
          '        return result;\n' +
          '      }',
      },
    ],
  },
];
