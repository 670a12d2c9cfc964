/** One line of a text. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** In bytes, without the line feed. */
  readonly size: number;
}

/** A line of the input is at fault. The message names it. */
export class LineError extends Error {
  override name = 'LineError';
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
    this.line = line;
  }
}

const LINE_FEED = 0x0a;

/**
 * Splits a text in UTF-8 into its lines, of which only one is kept at a time. Empty ones are left out.
 *
 * @param maxBytes the longest line.
 * @throws {LineError} if a line is longer, or not UTF-8.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Line> {
  let number = 1;
  let size = 0;
  let pieces: Uint8Array[] = [];
  const add = (piece: Uint8Array) => {
    pieces.push(piece);
    size += piece.length;
    if (size > maxBytes) throw new LineError(number, `longer than ${maxBytes} bytes`);
  };
  const end = (): Line => {
    const line = { number, text: decoded(Buffer.concat(pieces, size), number), size };
    number++;
    size = 0;
    pieces = [];
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (;;) {
      const to = chunk.indexOf(LINE_FEED, from);
      if (to < 0) break;
      add(chunk.subarray(from, to));
      from = to + 1;
      const line = end();
      if (line.text.trim() !== '') yield line;
    }
    add(chunk.subarray(from));
  }
  const last = end();
  if (last.text.trim() !== '') yield last;
}

function decoded(bytes: Uint8Array, number: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new LineError(number, 'is not UTF-8');
  }
}
