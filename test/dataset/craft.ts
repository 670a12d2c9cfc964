import { writeFileSync } from 'node:fs';
import { ByteWriter } from 'hyparquet-writer';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';

/** Parts of a FileMetaData, by Thrift's field numbers: a schema of one OPTIONAL INT32. */
export const column = { field_1: 1, field_3: 1, field_4: 'a' };
export const schema = [{ field_4: 'root', field_5: 1 }, column];
export const rowGroup = (rows: bigint) => ({ field_1: [], field_2: 0n, field_3: rows });

/** A footer with these fields. */
export function footerOf(metadata: object): Uint8Array {
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, { field_1: 2, ...metadata });
  return writer.getBytes();
}

/** A file of nothing but a footer. */
export function fileOf(footer: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')]);
}

/** Writes a file of nothing but a footer with these fields. */
export function writeFooterTo(path: string, metadata: object): string {
  writeFileSync(path, fileOf(footerOf(metadata)));
  return path;
}

/** Field heads of Thrift's compact protocol: a field number above the last one, and a type. */
const field = (delta: number, type: number) => (delta << 4) | type;
const [I64, LIST, STRUCT] = [6, 9, 12];

/** Footers that a parser of the format takes for the beginning of something valid. */
export const HOSTILE = {
  /** A number of a million digits: each of them makes the parser copy all before it. */
  spin: (): Uint8Array =>
    Buffer.concat([Buffer.from([field(3, I64)]), Buffer.alloc(1_000_000, 0xff)]),
  /** Lists of lists, each said to have 32 million elements, for which memory is taken at once. */
  allocate: (): Uint8Array => {
    const list = Buffer.from([0xf0 | LIST, 0xfe, 0xff, 0xff, 0x0f]);
    return Buffer.concat([Buffer.from([field(2, LIST)]), ...Array(200).fill(list)]);
  },
  /** Empty structs, one a byte, of which each takes tens of bytes in memory. */
  inflate: (): Uint8Array =>
    Buffer.concat([
      Buffer.from([field(2, LIST), 0xf0 | STRUCT, 0x80, 0x80, 0x80, 0x10]),
      Buffer.alloc(32 * 1024 * 1024),
    ]),
  /** Structs within structs. */
  nest: (): Uint8Array => Buffer.alloc(1_000_000, field(1, STRUCT)),
};
