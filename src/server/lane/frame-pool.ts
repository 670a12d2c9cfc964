/** Answers of so many bytes or more are worth a buffer of the pool. */
const LARGE_BYTES = 64 * 1024;
/** The largest buffer that is kept: room for the largest page. */
const MAX_BUFFER_BYTES = 8 * 1024 * 1024;
/** Bytes of all buffers that are kept. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;

/**
 * Buffers for large answers, which are used again. Memory that is new for each answer costs more than what
 * is copied into it: the kernel has to clear every page of it, and V8 collects garbage for its sake.
 */
export class FramePool {
  /** By their sizes, which are powers of two: what an answer takes is at most twice what it needs. */
  readonly #free = new Map<number, ArrayBuffer[]>();
  #keptBytes = 0;

  /** A buffer of that many bytes, which may hold anything. */
  take(length: number): Buffer {
    if (!this.owns({ length })) return Buffer.allocUnsafe(length);
    const size = 2 ** Math.ceil(Math.log2(length));
    const kept = this.#free.get(size)?.pop();
    if (kept === undefined) return Buffer.allocUnsafeSlow(size).subarray(0, length);
    this.#keptBytes -= size;
    return Buffer.from(kept, 0, length);
  }

  /** Whether a buffer that was taken is to be given back. */
  owns({ length }: Pick<Buffer, 'length'>): boolean {
    return length >= LARGE_BYTES && length <= MAX_BUFFER_BYTES;
  }

  /** Takes back a buffer of its own that nobody will read any more. */
  give({ buffer }: Buffer): void {
    const size = buffer.byteLength;
    if (this.#keptBytes + size > MAX_KEPT_BYTES) return;
    this.#keptBytes += size;
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [buffer as ArrayBuffer]);
    else free.push(buffer as ArrayBuffer);
  }
}
