/** Frames of HTTP/2 as bytes, right or wrong (RFC 9113 sections 4 and 6), and HPACK without Huffman (RFC 7541). */

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;

/** @param length what the frame says of its payload; by default the truth. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length & 0xffffff, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}

export function settings(entries: readonly (readonly [id: number, value: number])[] = []): Buffer {
  const payload = Buffer.alloc(6 * entries.length);
  for (const [i, [id, value]] of entries.entries()) {
    payload.writeUInt16BE(id, 6 * i);
    payload.writeUInt32BE(value >>> 0, 6 * i + 2);
  }
  return frame(TYPE.settings, 0, 0, payload);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

export type Fields = readonly (readonly [name: string, value: string])[];

/** A header block of literals that are not put into the table. */
export function headerBlock(fields: Fields): Buffer {
  return Buffer.concat(fields.map(([name, value]) => literal(0x00, name, value)));
}

/** One field that is put into the dynamic table: index 62 from then on. */
export const indexedLiteral = (name: string, value: string): Buffer => literal(0x40, name, value);

/** References to the newest entry of the dynamic table. */
export const references = (count: number): Buffer => Buffer.alloc(count, 0x80 | 62);

function literal(pattern: number, name: string, value: string): Buffer {
  const bytes = [name, value].map((text) => Buffer.from(text, 'latin1'));
  return Buffer.concat([
    Buffer.from([pattern]),
    ...bytes.flatMap((text) => [integer(text.length, 7), text]),
  ]);
}

/** RFC 7541 section 5.1. */
function integer(value: number, prefixBits: number): Buffer {
  const most = 2 ** prefixBits - 1;
  if (value < most) return Buffer.from([value]);
  const bytes = [most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** The headers of a gRPC call. */
export const grpcFields = (path: string, more: Fields = []): Fields => [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', path],
  [':authority', 'localhost'],
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
  ...more,
];
