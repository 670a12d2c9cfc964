import { UsageError } from './usage-error.ts';

/** The largest int64, which is what the catalog counts with. */
export const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Reads a whole number in decimal digits, exact however large.
 *
 * @throws {UsageError} that names the flag, the value and the range.
 */
export function readInteger(flag: string, text: string, min: bigint, max: bigint): bigint {
  const value = /^\d{1,30}$/.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value < min || value > max) {
    throw new UsageError(
      `${flag}: ${JSON.stringify(text)} is not a whole number of ${min} to ${max}`,
    );
  }
  return value;
}
