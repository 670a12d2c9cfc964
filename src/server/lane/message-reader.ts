/** Why a request is not one message (github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message"). */
export type Problem =
  | { readonly kind: 'too large'; readonly bytes: number }
  | { readonly kind: 'compressed' | 'cut' | 'missing' | 'extra' };

const PREFIX_BYTES = 5;
const NOTHING = Buffer.alloc(0);
/** A bit of the flags; the others mean nothing yet. */
const COMPRESSED = 1;

/** Puts together the one message of a unary request from the pieces in which it comes. */
export class MessageReader {
  readonly #maxBytes: number;
  #bytes: Buffer = NOTHING;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #problem: Problem | undefined;

  /** @param maxBytes of a message: of a longer one nothing is kept. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next piece. @returns what is wrong, as soon as that is known. */
  push(chunk: Buffer): Problem | undefined {
    if (this.#problem !== undefined) return this.#problem;
    if (this.#bytes.length === 0) this.#bytes = chunk;
    else if (this.#bytes.length < PREFIX_BYTES) this.#bytes = Buffer.concat([this.#bytes, chunk]);
    else {
      this.#rest.push(chunk);
      this.#restBytes += chunk.length;
    }
    if (this.#bytes.length >= PREFIX_BYTES) this.#problem = this.#checkPrefix();
    if (this.#problem !== undefined) {
      this.#bytes = NOTHING;
      this.#rest = [];
    }
    return this.#problem;
  }

  /** The message, once all has come. */
  end(): Uint8Array | Problem {
    if (this.#problem !== undefined) return this.#problem;
    if (this.#bytes.length === 0) return { kind: 'missing' };
    const all = this.#rest.length === 0 ? this.#bytes : Buffer.concat([this.#bytes, ...this.#rest]);
    if (all.length < PREFIX_BYTES || all.length < PREFIX_BYTES + all.readUInt32BE(1))
      return { kind: 'cut' };
    return all.subarray(PREFIX_BYTES);
  }

  #checkPrefix(): Problem | undefined {
    const length = this.#bytes.readUInt32BE(1);
    if (length > this.#maxBytes) return { kind: 'too large', bytes: length };
    if ((this.#bytes.readUInt8(0) & COMPRESSED) !== 0) return { kind: 'compressed' };
    const received = this.#bytes.length + this.#restBytes - PREFIX_BYTES;
    return received > length ? { kind: 'extra' } : undefined;
  }
}
