/** Answers of so many bytes or more are worth a buffer of the pool. */
const LARGE_BYTES = 64 * 1024;
/** The size of each buffer: room for the largest page. Of what an answer does not need nothing is touched. */
const BUFFER_BYTES = 4 * 1024 * 1024 + 64 * 1024;
/** Buffers that are kept. */
const KEPT = 8;

/**
 * Buffers for large answers, which are used again. Memory that is new for each answer costs more than what
 * is copied into it: the kernel has to clear every page of it, and V8 collects garbage for its sake.
 */
export class FramePool {
  readonly #free: Buffer[] = [];

  /** A buffer of that many bytes, which may hold anything. */
  take(length: number): Buffer {
    if (!this.owns({ length })) return Buffer.allocUnsafe(length);
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    return buffer.subarray(0, length);
  }

  /** Whether a buffer that was taken is to be given back. */
  owns({ length }: Pick<Buffer, 'length'>): boolean {
    return length >= LARGE_BYTES && length <= BUFFER_BYTES;
  }

  /** Takes back a buffer of its own that nobody will read any more. */
  give({ buffer }: Buffer): void {
    if (this.#free.length < KEPT) this.#free.push(Buffer.from(buffer as ArrayBuffer));
  }
}
