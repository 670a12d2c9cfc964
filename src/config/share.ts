import type { ValueType } from './setting.ts';

/** A share of a whole: a decimal number from 0 to 1. */
export function share(): ValueType<number> {
  const accepted = 'a number of 0 to 1, such as 0.01';
  return {
    placeholder: 'share',
    accepted,
    parse: (text) => {
      const value = /^(?:\d+(?:\.\d+)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
      if (!(value >= 0 && value <= 1)) {
        throw new RangeError(`${JSON.stringify(text)} is not ${accepted}`);
      }
      return value;
    },
  };
}
