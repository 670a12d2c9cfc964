const encoder = new TextEncoder();

/** Number of bytes of a string in UTF-8. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** The bytes of a string in UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Says why a string is not fit to be stored, or `undefined` when it is.
 *
 * Protobuf decoders put U+FFFD where the bytes on the wire are not UTF-8. A string that holds one
 * may not be what the caller sent, so it is refused rather than stored as something else.
 */
export function textProblem(text: string, minBytes: number, maxBytes: number): string | undefined {
  const bytes = utf8Length(text);
  if (bytes < minBytes) return 'must not be empty';
  if (bytes > maxBytes) return `must be at most ${maxBytes} bytes of UTF-8, not ${bytes}`;
  if (!text.isWellFormed() || text.includes('\ufffd')) return 'must be valid UTF-8, without U+FFFD';
  const control = CONTROL.exec(text)?.[0];
  if (control !== undefined) {
    const code = control.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return `must not contain the control character U+${code}`;
  }
  return undefined;
}

/** The text, or as many of its first characters as have at most that many bytes of UTF-8. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length <= maxBytes && utf8Length(text) <= maxBytes) return text;
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}

/**
 * Compares two strings by the bytes of their UTF-8, which is the order of code points. JavaScript's
 * own order is by UTF-16 units and puts U+10000 before U+E000.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Puts surrogates, which stand for code points above U+FFFF, behind all other units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
