import type { ValueType } from './setting.ts';

/** One of a few words. */
export function oneOf<const T extends string>(
  placeholder: string,
  words: readonly T[],
): ValueType<T> {
  const accepted = words.join(', ');
  return {
    placeholder,
    accepted,
    parse: (text) => {
      const word = words.find((each) => each === text);
      if (word === undefined) {
        throw new RangeError(
          `${JSON.stringify(text)} is not one of the words accepted: ${accepted}`,
        );
      }
      return word;
    },
  };
}

/** On or off. As a flag it has no value: `--name` and `--no-name`. */
export function onOff(): ValueType<boolean> {
  return {
    accepted: 'true, false',
    parse: (text) => {
      if (text !== 'true' && text !== 'false') {
        throw new RangeError(`${JSON.stringify(text)} is no switch; accepted: true, false`);
      }
      return text === 'true';
    },
  };
}
