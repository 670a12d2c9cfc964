import { type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FileProblem } from '../../src/dataset/errors.ts';
import { parseFooter } from '../../src/dataset/footer.ts';
import type { FooterParser } from '../../src/dataset/footer-parser.ts';
import { createParserPool, type ParserPoolOptions } from '../../src/dataset/parser-pool.ts';
import { footerOf, HOSTILE, rowGroup, schema } from './craft.ts';
import { rejection } from './support.ts';

const opened: Pick<FooterParser, 'close'>[] = [];
afterEach(() => Promise.all(opened.splice(0).map((pool) => pool.close())));

function pool(options: ParserPoolOptions): FooterParser {
  const made = createParserPool(options);
  opened.push(made);
  return made;
}

const good = footerOf({ field_2: schema, field_4: [rowGroup(2n ** 53n + 1n)] });

describe('a parser pool', () => {
  it('parses as parseFooter does, and hands back only a schema that is not expected', async () => {
    const parser = pool({ size: 1 });
    const { schema: parsed, ...rest } = parseFooter(good);
    expect(await parser.parse(good)).toEqual({ ...rest, schema: parsed });
    expect(await parser.parse(good, 'another')).toEqual({ ...rest, schema: parsed });
    expect(await parser.parse(good, rest.schemaFingerprint)).toEqual(rest);
  });

  it('names what is wrong with a damaged footer, and goes on with the same process', async () => {
    const parser = pool({ size: 1 });
    const error = await rejection(parser.parse(footerOf({ field_4: [] })));
    expect(error).toBeInstanceOf(FileProblem);
    expect(error.message).toBe('has a damaged footer: it has no list of schema');
    expect((await parser.parse(good)).rowCount).toBe(2n ** 53n + 1n);
  });

  it.each([1, 2, 8])('takes many at once with %d processes', async (size) => {
    const parser = pool({ size });
    const footers = Array.from({ length: 50 }, (_, i) =>
      footerOf({ field_2: schema, field_4: [rowGroup(BigInt(i))] }),
    );
    const parsed = await Promise.all(footers.map((footer) => parser.parse(footer)));
    expect(parsed.map(({ rowCount }) => Number(rowCount))).toEqual(footers.map((_, i) => i));
  });

  const hostile: [keyof typeof HOSTILE, ParserPoolOptions, RegExp][] = [
    ['spin', { timeLimitMs: 500 }, /takes more than 500 ms to parse/],
    ['allocate', { heapLimitMib: 64 }, /takes more than 64 MiB to parse|crashes the parser/],
    ['inflate', { heapLimitMib: 64 }, /takes more than 64 MiB to parse|crashes the parser/],
    ['nest', {}, /damaged footer: Maximum call stack/],
  ];
  it.each(hostile)(
    'survives a footer made to %s, and parses the next',
    async (kind, limits, text) => {
      const parser = pool({ size: 1, timeLimitMs: 20_000, ...limits });
      expect((await parser.parse(good)).rowCount).toBeGreaterThan(0n);
      const [bad, next] = await Promise.all([
        rejection(parser.parse(HOSTILE[kind]())),
        parser.parse(good),
      ]);
      expect(bad).toBeInstanceOf(FileProblem);
      expect(bad.message).toMatch(text);
      expect(next.rowCount).toBe(2n ** 53n + 1n);
    },
  );

  it('ends at once when it is closed, whatever is being parsed', async () => {
    const parser = pool({ size: 1 });
    const spinning = rejection(parser.parse(HOSTILE.spin()));
    await parser.close();
    expect(await spinning).toBeInstanceOf(Error);
    expect((await rejection(parser.parse(good))).message).toContain('closed');
  });

  it('leaves no process behind when its own is killed, not even one that is parsing', async () => {
    const file = join(import.meta.dirname, '../../src/dataset/parser-child.ts');
    const options: ForkOptions = { execArgv: [], serialization: 'advanced' };
    const child = fork(file, ['500'], options);
    opened.push({ close: async () => void child.kill('SIGKILL') });
    await once(child, 'message');
    const job = { footer: HOSTILE.spin(), expected: undefined };
    await new Promise((resolve) => child.send(job, resolve));
    // What the child sees when its parent is no more.
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
