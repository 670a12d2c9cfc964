import type { ValueType } from './setting.ts';

const DAY_MS = 86_400_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
};

/**
 * A duration such as `500ms`, `10s`, `1.5m` or `1h`, in whole milliseconds.
 *
 * @param min the shortest one that is accepted, and `max` the longest, as they are written.
 */
export function duration({ min = '1ms', max = '24h' } = {}): ValueType<number> {
  const [least, most] = [milliseconds(min), milliseconds(max)];
  const accepted = `a duration of ${min} to ${max}, for example 500ms, 10s, 5m or 1h`;
  return {
    placeholder: 'duration',
    accepted,
    parse: (text) => {
      const ms = milliseconds(text);
      if (!(ms >= least && ms <= most)) {
        throw new RangeError(`${JSON.stringify(text)} is not ${accepted}`);
      }
      return ms;
    },
  };
}

/** NaN if it is no duration. */
function milliseconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  return Math.round(Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ''] ?? Number.NaN));
}
