const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The longest duration that a setting takes: a day. */
const MAX_MS = 86_400_000;

/**
 * Reads a duration such as `500ms`, `10s`, `1.5m` or `1h`, into whole milliseconds of 1 to a day.
 *
 * @throws {RangeError} whose message names what is accepted.
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const ms = Math.round(Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ''] ?? Number.NaN));
  if (!(ms >= 1 && ms <= MAX_MS)) {
    throw new RangeError(
      `${JSON.stringify(text)} is not a duration of 1ms to 24h, for example 500ms, 10s, 5m or 1h`,
    );
  }
  return ms;
}
