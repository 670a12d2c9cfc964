import { createHash } from 'node:crypto';
import type { FileStat } from './file-system.ts';

/**
 * The etag of a file, from its inode, size, mtime and ctime, so that a listing need not read it.
 *
 * These alone do not tell two writes apart which come within one tick of the kernel's clock (4 ms is
 * common) and get the same inode (ext4 hands a freed one out at once). So the store stamps every file
 * it writes with an mtime of its own that it uses only once. A file that bears no stamp was written
 * by something else; while it is young, it could still change within the same tick, and then a hash
 * of the content is part of its etag. That is git's rule for "racily clean" index entries.
 */
const TICKS_PER_SECOND = 1n << 20n;
const NANOS_PER_SECOND = 1_000_000_000n;

/** Coarser than the clock of any file system that can hold a stamp. */
const YOUNG_NS = 2n * NANOS_PER_SECOND;

/**
 * A stamp counts ticks of 2^-20 s since 1970: fine enough for a million writes per second, and,
 * unlike decimal fractions, exact in the double which utimes(2) takes in Node.
 */
export type Stamp = bigint;

/** The stamp for a write at `nowMs`: later than `last`, so that none occurs twice. */
export function nextStamp(last: Stamp, nowMs: number): Stamp {
  const now = (BigInt(Math.trunc(nowMs)) * TICKS_PER_SECOND) / 1000n;
  return now > last ? now : last + 1n;
}

/** The stamp in seconds, exact. */
export function stampSeconds(stamp: Stamp): number {
  return Number(stamp) / Number(TICKS_PER_SECOND);
}

/** The stamp in nanoseconds, as a file system that keeps nanoseconds shows it. */
export function stampNanos(stamp: Stamp): bigint {
  return (stamp * NANOS_PER_SECOND) / TICKS_PER_SECOND;
}

/** Whether an mtime is some stamp's. One in a thousand others is taken for one as well. */
function isStamp(nanos: bigint): boolean {
  const below = (nanos * TICKS_PER_SECOND) / NANOS_PER_SECOND;
  return stampNanos(below) === nanos || stampNanos(below + 1n) === nanos;
}

/** Whether inode, size and times do not suffice to tell this file from its next version. */
export function isRacy(stat: FileStat, nowMs: number): boolean {
  const limit = BigInt(Math.trunc(nowMs)) * 1_000_000n - YOUNG_NS;
  const young = stat.modified > limit || stat.changed > limit;
  return young && !isStamp(stat.modified);
}

/** The etag of a file that is not racy. */
export function statEtag(stat: FileStat): string {
  return [stat.inode, stat.size, stat.modified, stat.changed]
    .map((part) => part.toString(36))
    .join('-');
}

/** The etag of a racy file: the other form, followed by a hash of the content. */
export function contentEtag(stat: FileStat, body: Uint8Array): string {
  return `${statEtag(stat)}-${createHash('sha256').update(body).digest('hex').slice(0, 32)}`;
}
