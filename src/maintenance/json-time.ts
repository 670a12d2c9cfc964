import type { Micros } from '../manifest/manifest.ts';

const MICROS_PER_SECOND = 1_000_000n;

/** The years which RFC 3339 has, and so has proto3 JSON: 0001 to 9999. */
const FIRST = -62_135_596_800n * MICROS_PER_SECOND;
const LAST = 253_402_300_800n * MICROS_PER_SECOND - 1n;

/**
 * Writes a time as RFC 3339 in UTC, always with six digits: `2026-11-22T09:50:19.000001Z`.
 *
 * @throws {RangeError} outside the years 0001 to 9999, which have no such form.
 */
export function formatTime(micros: Micros): string {
  if (micros < FIRST || micros > LAST) {
    throw new RangeError(`${micros} microseconds since 1970 are outside the years 0001 to 9999`);
  }
  const rest = ((micros % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const seconds = new Date(Number(micros - rest) / 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(rest).padStart(6, '0')}Z`;
}

const RFC_3339 =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})0*)?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * Reads a time in RFC 3339, with any offset and up to six digits of a second that are not zero.
 *
 * @returns `undefined` if it is not one.
 */
export function parseTime(text: string): Micros | undefined {
  const [, local = '', fraction = '', sign, hours = '0', minutes = '0'] = RFC_3339.exec(text) ?? [];
  const ms = Date.parse(`${local}Z`);
  // The parser takes the 31st of any month for a day of the next one.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== local) return undefined;
  const offset = BigInt(Number(hours) * 3600 + Number(minutes) * 60) * (sign === '-' ? -1n : 1n);
  const seconds = BigInt(ms / 1000) - offset;
  const micros = seconds * MICROS_PER_SECOND + BigInt(fraction.padEnd(6, '0'));
  return micros < FIRST || micros > LAST ? undefined : micros;
}
