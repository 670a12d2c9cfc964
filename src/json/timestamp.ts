import { fromJson } from '@bufbuild/protobuf';
import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';

/** `2026-11-22T09:50:19`, what RFC 3339 has before the fraction of a second and the offset. */
const LOCAL_LENGTH = 19;

/**
 * Reads a time in RFC 3339, with any offset and up to nine digits of a second.
 *
 * @returns `undefined` if it is none, or one of a day or an hour that does not exist.
 */
export function parseTimestamp(text: string): Timestamp | undefined {
  const local = text.slice(0, LOCAL_LENGTH);
  const ms = Date.parse(`${local}Z`);
  // The parser takes the 31st of any month for a day of the next one, and 24:00 for the next day.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, LOCAL_LENGTH) !== local) {
    return undefined;
  }
  try {
    return fromJson(TimestampSchema, text);
  } catch {
    return undefined;
  }
}
