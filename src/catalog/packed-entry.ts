import type { Micros, RecentWrite } from '../manifest/manifest.ts';
import type { EncodedViews, Entry } from './entry.ts';
import { ownSlabs, type Slab, type SlabAllocator } from './slab.ts';

/** What an entry is made of, before it is packed. */
export type EntryFields = Omit<
  Entry,
  'full' | 'basic' | 'sweep' | 'packed' | 'hold' | 'release' | 'leave'
> & {
  readonly views: EncodedViews;
};

/**
 * The form of the packed bytes, and of what the catalog derives for them: raised whenever an entry that
 * was packed before would not be the same if it were packed now.
 */
export const PACKED_FORMAT = 2;

// Where things are in the packed bytes; numbers are little-endian.
const FLAGS = 0;
const VERSION = 1;
const CREATED = 9;
const UPDATED = 17;
const DELETED = 25;
const OBJECTS = 33;
const FULL_FROM = 37;
const BASIC_TO = 41;
const RECENT_LENGTH = 45;
const ID_LENGTH = 49;
const FINGERPRINT_LENGTH = 51;
const ETAG_LENGTH = 53;
const VIEWS_LENGTH = 55;
/** Here the encoded views begin: beside what tells how to cut them. Then come id, fingerprint, etag, recent writes. */
const VIEWS = 59;

const IS_DELETED = 1;
const IS_READ_ONLY = 2;

/**
 * An entry in one run of bytes, which is what a checkpoint keeps of it, too. As objects, its record of
 * writes and its buffers would take several times the memory, and a start would have to build them
 * for every name; so each field is decoded when it is asked for.
 */
export class PackedEntry implements Entry {
  readonly name: string;
  readonly storeEtag: string;
  sweep = 0;
  #slab: Slab;
  #at: number;
  readonly #length: number;

  /** @param at where in the slab the `length` packed bytes begin. They are never changed. */
  constructor(name: string, storeEtag: string, slab: Slab, at: number, length: number) {
    this.name = name;
    this.storeEtag = storeEtag;
    this.#slab = slab;
    this.#at = at;
    this.#length = length;
  }

  /** The packed bytes. */
  get packed(): Uint8Array {
    return this.#bytes(0, this.#length);
  }

  get datasetId(): string {
    return this.#text(0, this.#u16(ID_LENGTH));
  }

  get schemaFingerprint(): string {
    return this.#text(this.#u16(ID_LENGTH), this.#u16(FINGERPRINT_LENGTH));
  }

  get etag(): string {
    return this.#text(this.#u16(ID_LENGTH) + this.#u16(FINGERPRINT_LENGTH), this.#u16(ETAG_LENGTH));
  }

  get createdAt(): Micros {
    return this.#i64(CREATED);
  }

  get updatedAt(): Micros {
    return this.#i64(UPDATED);
  }

  get version(): bigint {
    return this.#i64(VERSION);
  }

  get deletedAt(): Micros | undefined {
    return this.#has(IS_DELETED) ? this.#i64(DELETED) : undefined;
  }

  get readOnly(): boolean {
    return this.#has(IS_READ_ONLY);
  }

  get objectCount(): number {
    return this.#u32(OBJECTS);
  }

  get recentWrites(): readonly RecentWrite[] {
    return JSON.parse(this.#text(this.#textsLength(), this.#u32(RECENT_LENGTH))).map(unpackWrite);
  }

  get full(): Uint8Array {
    const from = this.#u32(FULL_FROM);
    return this.#bytes(VIEWS + from, this.#u32(VIEWS_LENGTH) - from);
  }

  get basic(): Uint8Array {
    return this.#bytes(VIEWS, this.#u32(BASIC_TO));
  }

  storedAs(storeEtag: string): PackedEntry {
    return new PackedEntry(this.name, storeEtag, this.#slab, this.#at, this.#length);
  }

  hold(slabs: SlabAllocator): Slab {
    const isAlone = this.#slab.bytes.length === this.#length;
    if (isAlone && slabs.shares(this.#length)) this.#moveTo(slabs);
    this.#slab.hold(this, this.#length);
    return this.#slab;
  }

  release(): Slab {
    this.#slab.release(this.#length);
    return this.#slab;
  }

  leave(slab: Slab, slabs: SlabAllocator): void {
    if (this.#slab !== slab) return;
    this.release();
    this.#moveTo(slabs);
    this.#slab.hold(this, this.#length);
  }

  #moveTo(slabs: SlabAllocator): void {
    const bytes = this.packed;
    ({ slab: this.#slab, at: this.#at } = slabs.take(this.#length));
    this.#slab.bytes.set(bytes, this.#at);
  }

  #textsLength(): number {
    return this.#u16(ID_LENGTH) + this.#u16(FINGERPRINT_LENGTH) + this.#u16(ETAG_LENGTH);
  }

  #has(flag: number): boolean {
    return ((this.#slab.bytes[this.#at + FLAGS] as number) & flag) !== 0;
  }

  // Not Buffer's readUInt16LE and the like: these take ten times as long, and a page has thousands.
  #u16(at: number): number {
    const { bytes } = this.#slab;
    const from = this.#at + at;
    return (bytes[from] as number) | ((bytes[from + 1] as number) << 8);
  }

  #u32(at: number): number {
    return (this.#u16(at) | (this.#u16(at + 2) << 16)) >>> 0;
  }

  #i64(at: number): bigint {
    return this.#slab.bytes.readBigInt64LE(this.#at + at);
  }

  #text(from: number, length: number): string {
    const at = this.#at + VIEWS + this.#u32(VIEWS_LENGTH) + from;
    return this.#slab.bytes.toString('utf8', at, at + length);
  }

  #bytes(from: number, length: number): Uint8Array {
    const { memory, offset } = this.#slab;
    return new Uint8Array(memory, offset + this.#at + from, length);
  }
}

/** Packs an entry. */
export function packEntry(fields: EntryFields, slabs: SlabAllocator = ownSlabs): PackedEntry {
  const { views } = fields;
  const recent = JSON.stringify(fields.recentWrites.map(packWrite));
  const texts = [fields.datasetId, fields.schemaFingerprint, fields.etag, recent];
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const [id = 0, fingerprint = 0, etag = 0, writes = 0] = lengths;
  const length = VIEWS + id + fingerprint + etag + writes + views.bytes.length;
  const { slab, at } = slabs.take(length);
  const bytes = slab.bytes.subarray(at, at + length);
  const deleted = fields.deletedAt === undefined ? 0 : IS_DELETED;
  bytes.writeUInt8(deleted | (fields.readOnly ? IS_READ_ONLY : 0), FLAGS);
  bytes.writeBigInt64LE(fields.version, VERSION);
  bytes.writeBigInt64LE(fields.createdAt, CREATED);
  bytes.writeBigInt64LE(fields.updatedAt, UPDATED);
  bytes.writeBigInt64LE(fields.deletedAt ?? 0n, DELETED);
  bytes.writeUInt32LE(fields.objectCount, OBJECTS);
  bytes.writeUInt32LE(views.fullFrom, FULL_FROM);
  bytes.writeUInt32LE(views.basicTo, BASIC_TO);
  bytes.writeUInt32LE(writes, RECENT_LENGTH);
  bytes.writeUInt16LE(id, ID_LENGTH);
  bytes.writeUInt16LE(fingerprint, FINGERPRINT_LENGTH);
  bytes.writeUInt16LE(etag, ETAG_LENGTH);
  bytes.writeUInt32LE(views.bytes.length, VIEWS_LENGTH);
  bytes.set(views.bytes, VIEWS);
  let to = VIEWS + views.bytes.length;
  for (const text of texts) to += bytes.write(text, to);
  return new PackedEntry(fields.name, fields.storeEtag, slab, at, length);
}

type PackedWrite = readonly [string, string, string, string, 0 | 1, string];

function packWrite(write: RecentWrite): PackedWrite {
  const { version, writeId, requestId, method, existing, callHash } = write;
  return [String(version), writeId, requestId, method, existing ? 1 : 0, callHash];
}

function unpackWrite([version, writeId, requestId, method, existing, hash]: PackedWrite) {
  const write: RecentWrite = {
    version: BigInt(version),
    writeId,
    requestId,
    method,
    existing: existing === 1,
    callHash: hash,
  };
  return write;
}
