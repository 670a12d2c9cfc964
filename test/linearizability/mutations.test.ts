import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { changed } from './mutant.ts';
import { MUTATIONS } from './mutations.ts';

/** Whether they are caught takes minutes to show; that they still fit the sources must show at once. */
describe('the mutations', () => {
  it.each(MUTATIONS)('change the sources as they are: $title', ({ changes }) => {
    const files = new Map<string, string>();
    for (const change of changes) {
      const { file } = change;
      const source = new URL(`../../src/${file}`, import.meta.url);
      const text = files.get(file) ?? readFileSync(source, 'utf8');
      const after = changed(text, change);
      expect(after).not.toBe(text);
      files.set(file, after);
    }
  });

  it('are refused where their place is missing or occurs twice', () => {
    const change = { file: 'x.ts', before: 'a', after: 'b' };
    expect(changed('-a-', change)).toBe('-b-');
    expect(() => changed('-', change)).toThrow('0 times, not once');
    expect(() => changed('a a', change)).toThrow('2 times, not once');
  });
});
