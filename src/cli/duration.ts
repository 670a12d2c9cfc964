const DAY_MS = 86_400_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
};

/**
 * Reads a duration such as `500ms`, `10s`, `1.5m` or `1h`, into whole milliseconds.
 *
 * @param maxDays the longest duration that is accepted.
 *
 * @throws {RangeError} whose message names what is accepted.
 */
export function parseDuration(text: string, maxDays = 1): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const ms = Math.round(Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ''] ?? Number.NaN));
  if (!(ms >= 1 && ms <= maxDays * DAY_MS)) {
    throw new RangeError(
      `${JSON.stringify(text)} is not a duration of 1ms to ${maxDays * 24}h, for example 500ms, 10s, 5m or 1h`,
    );
  }
  return ms;
}
