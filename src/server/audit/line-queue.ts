import type { Runtime } from '../../catalog/runtime.ts';

/** What becomes of lines, for whoever counts. */
export interface LineQueueEvents {
  /** Lines have reached what they are written to. */
  written(lines: number): void;
  /** They could not be written, or not in time; they are kept, and tried again. */
  failed(error: unknown): void;
  /** There is no room to keep another line: it is lost. */
  dropped(): void;
}

/** How a {@link LineQueue} writes. */
export interface LineQueueOptions {
  /**
   * Writes some of the bytes and says how many; the rest comes with the next call. They begin a line, or
   * go on with one.
   */
  readonly write: (bytes: Buffer, beginsLine: boolean) => Promise<number>;
  readonly runtime: Pick<Runtime, 'sleep'>;
  readonly events: LineQueueEvents;
  /** Lines that are kept while nothing can be written. Default 10,000. */
  readonly maxLines?: number;
  /** How long a line is waited for, in milliseconds. Default 1,000. */
  readonly maxWaitMs?: number;
  /** The pause before another try to write, in milliseconds. Default 1,000. */
  readonly retryMs?: number;
}

const LINE_END = 0x0a;

/**
 * Writes lines in the order in which they come, those that have come meanwhile together. Who adds one
 * waits until it is written, but not for ever: what it has done is done, and cannot be taken back because
 * a disk is full.
 */
export class LineQueue {
  readonly #options: Required<LineQueueOptions>;
  #waiting: { readonly line: string; readonly done: () => void }[] = [];
  /** What was taken to be written and is not; begins in the middle of a line if some of it was. */
  #rest = Buffer.alloc(0);
  #restLines = 0;
  #beginsLine = true;
  #isFailing = false;
  #work: Promise<void> | undefined;
  readonly #ending = new AbortController();

  constructor(options: LineQueueOptions) {
    this.#options = { maxLines: 10_000, maxWaitMs: 1_000, retryMs: 1_000, ...options };
  }

  /** Lines that are not written yet. */
  get pending(): number {
    return this.#restLines + this.#waiting.length;
  }

  /** Resolves when the line is written, or at once if nothing can be written now. Never rejects. */
  async add(line: string): Promise<void> {
    const { maxLines, maxWaitMs, runtime, events } = this.#options;
    if (this.pending >= maxLines) {
      events.dropped();
      return;
    }
    const written = new AbortController();
    this.#waiting.push({ line: `${line}\n`, done: () => written.abort() });
    this.#work ??= this.#writeAll();
    if (this.#isFailing) return;
    await runtime.sleep(maxWaitMs, written.signal);
    if (written.signal.aborted || this.#isFailing) return;
    // Nobody reads at the other end, or the disk hangs. Calls come one after another: each of them would
    // wait that long, and those of one dataset for all before them, too.
    this.#isFailing = true;
    events.failed(new Error(`a write has not ended within ${maxWaitMs} ms`));
  }

  /**
   * Tries once more to write what is left, and waits for that no longer than for a line.
   *
   * @returns whether no write is under way any more.
   */
  async close(): Promise<boolean> {
    const { maxWaitMs, runtime } = this.#options;
    this.#ending.abort();
    const ended = new AbortController();
    void Promise.resolve(this.#work).then(() => ended.abort());
    await runtime.sleep(maxWaitMs, ended.signal);
    return ended.signal.aborted;
  }

  async #writeAll(): Promise<void> {
    const { runtime, retryMs, events } = this.#options;
    for (let isLastTry = false; this.pending > 0 && !isLastTry; ) {
      const batch = this.#waiting;
      this.#waiting = [];
      this.#restLines += batch.length;
      this.#rest = Buffer.concat([this.#rest, Buffer.from(batch.map(({ line }) => line).join(''))]);
      try {
        await this.#writeRest();
        this.#isFailing = false;
      } catch (error) {
        this.#isFailing = true;
        events.failed(error);
      }
      for (const { done } of batch) done();
      if (this.#isFailing) {
        isLastTry = this.#ending.signal.aborted;
        await runtime.sleep(retryMs, this.#ending.signal);
      }
    }
    this.#work = undefined;
  }

  async #writeRest(): Promise<void> {
    while (this.#rest.length > 0) {
      const count = await this.#options.write(this.#rest, this.#beginsLine);
      if (count > 0) this.#beginsLine = this.#rest[count - 1] === LINE_END;
      this.#rest = this.#rest.subarray(count);
    }
    this.#options.events.written(this.#restLines);
    this.#restLines = 0;
  }
}
