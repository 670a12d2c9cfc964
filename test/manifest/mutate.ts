import { SEAL_KEY } from '../../src/manifest/seal.ts';

/** A seeded stream of numbers in [0, 1) (mulberry32), so that a failure can be repeated. */
export function randomStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Mutation = (bytes: Buffer, below: (n: number) => number) => Buffer;

const flipBit: Mutation = (bytes, below) => {
  const at = below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
  return bytes;
};

/** The kinds of damage, each by itself. They may change their argument. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  flipBit,
  flipManyBits: (bytes, below) => {
    for (let n = 2 + below(30); n > 0; n--) flipBit(bytes, below);
    return bytes;
  },
  overwrite: (bytes, below) => {
    const at = below(bytes.length);
    return bytes.fill(below(256), at, Math.min(at + 1 + below(64), bytes.length));
  },
  truncate: (bytes, below) => bytes.subarray(0, below(bytes.length)),
  cutFront: (bytes, below) => bytes.subarray(1 + below(bytes.length - 1)),
  remove: (bytes, below) => {
    const at = below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(40))]);
  },
  insert: (bytes, below) => {
    const at = below(bytes.length + 1);
    const added = Buffer.from(Array.from({ length: 1 + below(40) }, () => below(256)));
    return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
  },
  swap: (bytes, below) => {
    const length = 1 + below(32);
    const [a, b] = [below(bytes.length - length), below(bytes.length - length)];
    const kept = Buffer.from(bytes.subarray(a, a + length));
    bytes.copy(bytes, a, b, b + length);
    kept.copy(bytes, b);
    return bytes;
  },
  footerLength: (bytes, below) => {
    const lengths = [
      0,
      1,
      7,
      8,
      bytes.length,
      bytes.length - 8,
      0x7fffffff,
      0x80000000,
      0xffffffff,
    ];
    bytes.writeUInt32LE(lengths[below(lengths.length)] ?? 0, bytes.length - 8);
    return bytes;
  },
  /** Five bytes that read as a huge varint, where a length or a count may stand. */
  hugeVarint: (bytes, below) => {
    const at = below(bytes.length - 5);
    return bytes.fill(0xff, at, at + 4).fill(0x0f, at + 4, at + 5);
  },
  damageSeal: (bytes, below) => {
    const at = bytes.lastIndexOf(SEAL_KEY) + SEAL_KEY.length + 2 + below(64);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
    return bytes;
  },
  /** `ABCDEF` is the same number as `abcdef`, and another file. */
  upperCaseSeal: (bytes) => {
    const at = bytes.lastIndexOf(SEAL_KEY) + SEAL_KEY.length + 2;
    bytes.write(bytes.toString('latin1', at, at + 64).toUpperCase(), at, 'latin1');
    return bytes;
  },
  unsealed: (bytes) => {
    const at = bytes.lastIndexOf(SEAL_KEY) + SEAL_KEY.length + 2;
    return bytes.fill('0', at, at + 64);
  },
  renameSeal: (bytes, below) => {
    const at = bytes.lastIndexOf(SEAL_KEY) + below(SEAL_KEY.length);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  },
  removeSeal: (bytes) => {
    const at = bytes.lastIndexOf(SEAL_KEY);
    return Buffer.concat([bytes.subarray(0, at - 2), bytes.subarray(at + SEAL_KEY.length + 66)]);
  },
  doubleSeal: (bytes, below) => {
    const at = bytes.lastIndexOf(SEAL_KEY) - 2;
    const entry = bytes.subarray(at, at + SEAL_KEY.length + 68);
    const where = below(2) === 0 ? at : below(bytes.length);
    return Buffer.concat([bytes.subarray(0, where), entry, bytes.subarray(where)]);
  },
  appendSelf: (bytes) => Buffer.concat([bytes, bytes]),
};
