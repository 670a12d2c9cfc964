import type { ValueType } from './setting.ts';

/** Any text, such as the path of a file; a relative path is relative to the working directory. */
export function text(placeholder: string): ValueType<string> {
  return {
    placeholder,
    accepted: `a ${placeholder}`,
    parse: (given) => {
      // Only a flag can be empty, as one whose variable is not set in a script.
      if (given === '') throw new RangeError('must not be empty; leave it out to do without');
      return given;
    },
  };
}
