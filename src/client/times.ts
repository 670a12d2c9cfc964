import { create } from '@bufbuild/protobuf';
import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';

const MICROS_PER_SECOND = 1_000_000n;

/** Microseconds since 1970-01-01T00:00:00Z; what is finer is cut off. A Date would lose them. */
export function timestampToMicros(timestamp: Timestamp): bigint {
  return timestamp.seconds * MICROS_PER_SECOND + BigInt(Math.floor(timestamp.nanos / 1000));
}

/** The inverse of {@link timestampToMicros}. */
export function microsToTimestamp(micros: bigint): Timestamp {
  // A Timestamp counts its nanos forward, before 1970 too, so the remainder must not be negative.
  const rest = ((micros % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  return create(TimestampSchema, {
    seconds: (micros - rest) / MICROS_PER_SECOND,
    nanos: Number(rest) * 1000,
  });
}

/** RFC 3339 in UTC, always with six digits: `2026-11-22T09:50:19.000001Z`. */
export function formatTimestamp(timestamp: Timestamp): string {
  const seconds = new Date(Number(timestamp.seconds) * 1000)
    .toISOString()
    .slice(0, -'.000Z'.length);
  const micros = Math.floor(timestamp.nanos / 1000);
  return `${seconds}.${String(micros).padStart(6, '0')}Z`;
}
