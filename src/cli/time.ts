import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { parseTimestamp } from '../json/timestamp.ts';
import { UsageError } from './usage-error.ts';

/**
 * Reads a time as RFC 3339 has it, or a day in UTC, which stands for its beginning.
 *
 * @throws {UsageError} that names the flag, the value, and what is accepted.
 */
export function readTime(flag: string, text: string): Timestamp {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const time = parseTimestamp(isDay ? `${text}T00:00:00Z` : text);
  if (time !== undefined) return time;
  throw new UsageError(
    `${flag}: ${JSON.stringify(text)} is not a time, for example 2026-11-22T09:50:19Z or 2026-11-22`,
  );
}
