import type { ValueType } from './setting.ts';

/** Any text, such as the path of a file; a relative path is relative to the working directory. */
export function text(placeholder: string): ValueType<string> {
  return { placeholder, accepted: `a ${placeholder}`, parse: (given) => given };
}
