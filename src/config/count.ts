import type { ValueType } from './setting.ts';

/**
 * A whole number in decimal digits.
 *
 * @param note what the reader of a refusal should know besides the bounds.
 */
export function count(min: number, max: number, note = ''): ValueType<number> {
  const accepted = `a whole number of ${min} to ${max}${note && `; ${note}`}`;
  return {
    placeholder: 'n',
    accepted,
    parse: (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (!(value >= min && value <= max)) {
        throw new RangeError(`${JSON.stringify(text)} is not ${accepted}`);
      }
      return value;
    },
  };
}
