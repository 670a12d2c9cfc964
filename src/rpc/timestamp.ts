import { create } from '@bufbuild/protobuf';
import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { Micros } from '../manifest/manifest.ts';

/** A time of the catalog as Protobuf's Timestamp, exactly: Date would cut it to milliseconds. */
export function timestampFromMicros(micros: Micros): Timestamp {
  const rest = micros % 1_000_000n;
  const fraction = rest < 0n ? rest + 1_000_000n : rest;
  return create(TimestampSchema, {
    seconds: (micros - fraction) / 1_000_000n,
    nanos: Number(fraction) * 1_000,
  });
}

/** The reverse. A message without the time has the beginning of all times; finer parts are cut off. */
export function microsFromTimestamp(timestamp: Timestamp | undefined): Micros {
  if (timestamp === undefined) return 0n;
  return timestamp.seconds * 1_000_000n + BigInt(Math.floor(timestamp.nanos / 1_000));
}
