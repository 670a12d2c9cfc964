import type { ValueType } from './setting.ts';

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/**
 * A number of bytes such as `65536`, `64KiB`, `1.5MiB` or `1GiB`, in whole bytes.
 *
 * @param min the smallest one that is accepted, and `max` the largest, as they are written.
 */
export function byteSize({ min = '1B', max = '64GiB' } = {}): ValueType<number> {
  const [least, most] = [bytes(min), bytes(max)];
  const accepted = `a size of ${min} to ${max}, for example 65536, 64KiB, 32MiB or 1GiB`;
  return {
    placeholder: 'size',
    accepted,
    parse: (text) => {
      const size = bytes(text);
      if (!(size >= least && size <= most)) {
        throw new RangeError(`${JSON.stringify(text)} is not ${accepted}`);
      }
      return size;
    },
  };
}

/** NaN if it is no size. */
function bytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|)$/.exec(text);
  return Math.round(Number(match?.[1]) * (UNIT_BYTES[match?.[2] ?? ''] ?? Number.NaN));
}
