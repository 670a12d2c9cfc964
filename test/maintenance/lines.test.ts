import { describe, expect, it } from '@jest/globals';
import { LineError, readLines } from '../../src/maintenance/lines.ts';

async function* chunked(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function linesOf(bytes: Uint8Array, chunk: number, max = 100) {
  const lines: [number, string, number][] = [];
  for await (const { number, text, size } of readLines(chunked(bytes, chunk), max)) {
    lines.push([number, text, size]);
  }
  return lines;
}

describe('lines', () => {
  it('are split wherever the chunks end, within a character too', async () => {
    const bytes = Buffer.from('a\n\n  \nüñ🦆\r\nlast');
    for (const chunk of [1, 2, 3, 5, 100]) {
      expect(await linesOf(bytes, chunk)).toEqual([
        [1, 'a', 1],
        [4, 'üñ🦆\r', 9],
        [5, 'last', 4],
      ]);
    }
  });

  it('are none in an empty text, and no more than it has after a line feed', async () => {
    expect(await linesOf(Buffer.from(''), 4)).toEqual([]);
    expect(await linesOf(Buffer.from('a\n'), 4)).toEqual([[1, 'a', 1]]);
  });

  it('have a bound, which is refused before the line ends', async () => {
    await expect(linesOf(Buffer.from(`a\n${'b'.repeat(5)}`), 1, 4)).rejects.toThrow(
      new LineError(2, 'longer than 4 bytes'),
    );
    await expect(linesOf(Buffer.from('abcd\nabcd\n'), 3, 4)).resolves.toHaveLength(2);
  });

  it('are refused when they are not UTF-8', async () => {
    await expect(linesOf(Buffer.from([0x61, 0x0a, 0xff, 0x0a]), 9)).rejects.toThrow(
      'line 2: is not UTF-8',
    );
  });
});
