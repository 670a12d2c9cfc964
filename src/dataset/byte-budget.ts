/**
 * Bounds the memory which several tasks hold at once. Who asks first is served first, so that a large
 * wish is not put off for ever by small ones.
 */
export class ByteBudget {
  #left: number;
  readonly #waiting: { readonly bytes: number; readonly resolve: () => void }[] = [];

  /** @param bytes in all; a single wish must not be above it. */
  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Runs the task once so many bytes are free, and takes them until it has ended. */
  async holding<T>(bytes: number, task: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || bytes > this.#left) {
      await new Promise<void>((resolve) => this.#waiting.push({ bytes, resolve }));
    } else {
      this.#left -= bytes;
    }
    try {
      return await task();
    } finally {
      this.#left += bytes;
      this.#serve();
    }
  }

  #serve(): void {
    for (let first = this.#waiting[0]; first && first.bytes <= this.#left; ) {
      this.#left -= first.bytes;
      this.#waiting.shift();
      first.resolve();
      first = this.#waiting[0];
    }
  }
}
