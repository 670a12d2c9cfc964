/**
 * What a terminal would obey rather than show: control characters (C0, DEL, C1), line and paragraph
 * separators, and the marks that turn the direction of text round (Unicode TR 36, "Trojan Source").
 */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Makes a foreign string fit for a terminal: what is unsafe is shown as `\u001b`. */
export function escapeText(text: string): string {
  return text.replaceAll(UNSAFE, escapeUnit);
}

/** JSON on one line, fit for a terminal; the escapes are JSON's own, so the value stays the same. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replaceAll(UNSAFE, escapeUnit)}\n`;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
