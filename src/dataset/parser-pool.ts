import type { FooterParser, ParsedFooter } from './footer-parser.ts';
import { type ParserLimits, ParserProcess } from './parser-process.ts';

/** Settings of a pool; each has a default. */
export interface ParserPoolOptions extends Partial<ParserLimits> {
  /** The most processes at once, 1 or more. */
  readonly size?: number;
}

/** Makes a pool of parser processes. One is started when it is needed, and reused until it has to be killed. */
export function createParserPool(options: ParserPoolOptions = {}): FooterParser {
  const { size = 2, timeLimitMs = 10_000, heapLimitMib = 1024 } = options;
  return new ParserPool(size, { timeLimitMs, heapLimitMib });
}

class ParserPool implements FooterParser {
  readonly #size: number;
  readonly #limits: ParserLimits;
  readonly #idle: ParserProcess[] = [];
  readonly #running = new Set<ParserProcess>();
  readonly #waiting: (() => void)[] = [];
  #places = 0;
  #closed = false;

  constructor(size: number, limits: ParserLimits) {
    this.#size = size;
    this.#limits = limits;
  }

  async parse(footer: Uint8Array, expected?: string): Promise<ParsedFooter> {
    while (this.#places >= this.#size) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#places += 1;
    try {
      const parser = await this.#take();
      const parsed = parser.parse({ footer, expected });
      return await parsed.finally(() => this.#give(parser));
    } finally {
      this.#places -= 1;
      this.#waiting.shift()?.();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#running].map((parser) => parser.kill()));
  }

  async #take(): Promise<ParserProcess> {
    if (this.#closed) throw new Error('the parser pool is closed');
    const idle = this.#idle.pop();
    if (idle?.alive) return idle;
    if (idle !== undefined) this.#running.delete(idle);
    const parser = await ParserProcess.start(this.#limits);
    this.#running.add(parser);
    if (this.#closed) await parser.kill();
    return parser;
  }

  #give(parser: ParserProcess): void {
    if (parser.alive) this.#idle.push(parser);
    else this.#running.delete(parser);
  }
}
