import { createHash, hash, subtle } from 'node:crypto';
import { CorruptManifestError } from './errors.ts';

/** The key of the footer metadata entry that holds the seal. */
export const SEAL_KEY = 'catalogd.sha256';

/** What stands in the place of the digest while the file is hashed: 64 characters `0`. */
export const UNSEALED = '0'.repeat(64);

/**
 * How the entry looks in a file, up to the digest. A Parquet footer is in Thrift's compact protocol,
 * so a KeyValue begins with the header of field 1 (0x18, a string), its length and the key; then
 * come the header of field 2 (0x18 again) and the length of the value (64).
 */
const MARK = Buffer.concat([
  Buffer.from([0x18, SEAL_KEY.length]),
  Buffer.from(SEAL_KEY, 'latin1'),
  Buffer.from([0x18, UNSEALED.length]),
]);

/**
 * Puts the seal into a file: the SHA-256 of all its bytes as they are with {@link UNSEALED} in the
 * place of the digest.
 *
 * @param bytes a file with an unsealed entry; changed in place.
 */
export function seal(bytes: Uint8Array): void {
  const buffer = view(bytes);
  const at = findDigest(buffer);
  if (at === undefined) throw new Error(`the footer has no entry ${SEAL_KEY} to put the seal into`);
  buffer.write(UNSEALED, at, 'latin1');
  buffer.write(hash('sha256', buffer, 'hex'), at, 'latin1');
}

/**
 * Verifies the seal of a whole file. It looks for the entry by its fixed bytes and interprets
 * nothing else: a Parquet parser may hang on a damaged file.
 *
 * @throws {CorruptManifestError} if there is no seal, or it is not that of these bytes.
 */
export function verifySeal(bytes: Uint8Array): void {
  const buffer = view(bytes);
  const at = placeOfDigest(buffer);
  compare(buffer.toString('latin1', at, at + UNSEALED.length), digest(buffer, at));
}

/**
 * As {@link verifySeal}, for large files: the hash is taken on a thread of its own.
 *
 * @param bytes the digest in them is replaced by {@link UNSEALED}.
 */
export async function verifySealAside(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const buffer = view(bytes);
  const at = placeOfDigest(buffer);
  const found = buffer.toString('latin1', at, at + UNSEALED.length);
  buffer.write(UNSEALED, at, 'latin1');
  compare(found, Buffer.from(await subtle.digest('SHA-256', bytes)).toString('hex'));
}

function compare(found: string, actual: string): void {
  if (found === actual) return;
  throw new CorruptManifestError(
    `the seal does not match: the footer says ${JSON.stringify(found)}, the file's bytes have ${actual}`,
  );
}

function placeOfDigest(buffer: Buffer): number {
  const at = findDigest(buffer);
  if (at !== undefined) return at;
  throw new CorruptManifestError(
    `no seal (footer entry ${SEAL_KEY}): the file is truncated, damaged, or not written by catalogd`,
  );
}

/**
 * Where the digest begins. The last mark counts: columns, which come first, may hold any bytes, and
 * nothing of a caller's comes after the entry.
 */
function findDigest(buffer: Buffer): number | undefined {
  const mark = buffer.lastIndexOf(MARK);
  const at = mark + MARK.length;
  return mark === -1 || at + UNSEALED.length > buffer.length ? undefined : at;
}

function digest(buffer: Buffer, at: number): string {
  return createHash('sha256')
    .update(buffer.subarray(0, at))
    .update(UNSEALED, 'latin1')
    .update(buffer.subarray(at + UNSEALED.length))
    .digest('hex');
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
