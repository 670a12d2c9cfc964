/**
 * A run of memory that the packed entries of many names share: at a million of them, a buffer of its
 * own for each costs as much as what is in it.
 */
export class Slab {
  readonly bytes: Buffer;
  #live = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Notes that an entry of that many bytes is in the index. */
  hold(length: number): void {
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
}

/** A place in a slab. */
export interface Place {
  readonly slab: Slab;
  readonly at: number;
}

/** Finds a place for bytes: in a slab of their own, or one after the other in shared ones. */
export class SlabAllocator {
  readonly #slabBytes: number;
  #slab = new Slab(Buffer.alloc(0));
  #used = 0;

  /** @param slabBytes the size of a shared slab; 0 for none. What is larger has one of its own. */
  constructor(slabBytes: number) {
    this.#slabBytes = slabBytes;
  }

  /** A place for that many bytes, which may hold anything. */
  take(length: number): Place {
    // Not from Buffer's pool: that would keep 8 KiB for each.
    if (length * 4 > this.#slabBytes)
      return { slab: new Slab(Buffer.allocUnsafeSlow(length)), at: 0 };
    if (this.#used + length > this.#slab.bytes.length) {
      this.#slab = new Slab(Buffer.allocUnsafeSlow(this.#slabBytes));
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += length;
    return { slab: this.#slab, at };
  }
}

/** Gives each its own. */
export const ownSlabs = new SlabAllocator(0);
