/** What is held in a slab. */
interface Held {
  readonly name: string;
  /** Moves into other slabs, if it is in that one. */
  leave(slab: Slab, slabs: SlabAllocator): void;
}

/**
 * A run of memory that the packed entries of many names share: at a million of them, a buffer of its
 * own for each costs as much as what is in it, and a page of them takes twice as long to read.
 */
export class Slab {
  readonly bytes: Buffer;
  /** What the bytes are cut out of, and where they begin in it: to ask a buffer costs as much as a cut. */
  readonly memory: ArrayBufferLike;
  readonly offset: number;
  #held: Held[] = [];
  #live = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.memory = bytes.buffer;
    this.offset = bytes.byteOffset;
  }

  /** Notes that an entry of that many bytes is in the index. */
  hold(entry: Held, length: number): void {
    this.#held.push(entry);
    this.#live += length;
  }

  /** Notes that it no longer is. */
  release(length: number): void {
    this.#live -= length;
  }

  /**
   * Whether less than half of it is still in use: what is left had better move out, or a single entry
   * keeps all of it for ever.
   */
  get isSparse(): boolean {
    return this.#live * 2 < this.bytes.length;
  }

  /** The entries that were held here since it was asked last; some may no longer be in the index. */
  takeHeld(): readonly Held[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }
}

/** A place in a slab. */
export interface Place {
  readonly slab: Slab;
  readonly at: number;
}

/** Finds a place for bytes: in a slab of their own, or one after the other in shared ones. */
export class SlabAllocator {
  readonly #slabBytes: number;
  readonly #onFull: (slab: Slab) => void;
  #slab = new Slab(Buffer.alloc(0));
  #used = 0;

  /**
   * @param slabBytes the size of a shared slab; 0 for none. What is larger has one of its own.
   * @param onFull told of each shared slab into which nothing more will be put.
   */
  constructor(slabBytes: number, onFull: (slab: Slab) => void = () => {}) {
    this.#slabBytes = slabBytes;
    this.#onFull = onFull;
  }

  /** Whether that many bytes are put into a shared slab. */
  shares(length: number): boolean {
    return length * 4 <= this.#slabBytes;
  }

  /** Whether more will be put into a slab. */
  isFilling(slab: Slab): boolean {
    return slab === this.#slab;
  }

  /** A place for that many bytes, which may hold anything. */
  take(length: number): Place {
    // Not from Buffer's pool: that would keep 8 KiB for each.
    if (!this.shares(length)) return { slab: new Slab(Buffer.allocUnsafeSlow(length)), at: 0 };
    if (this.#used + length > this.#slab.bytes.length) {
      const full = this.#slab;
      this.#slab = new Slab(Buffer.allocUnsafeSlow(this.#slabBytes));
      this.#used = 0;
      this.#onFull(full);
    }
    const at = this.#used;
    this.#used += length;
    return { slab: this.#slab, at };
  }
}

/** Gives each its own. */
export const ownSlabs = new SlabAllocator(0);
