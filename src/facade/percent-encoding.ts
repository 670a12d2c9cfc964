/** What a URL may consist of (RFC 3986), and a few characters more that do no harm. */
const ASCII = /^[\x21\x22\x24-\x7e]*$/;

/**
 * Decodes percent-encoded UTF-8, strictly.
 *
 * @returns `undefined` for a bad escape, for bytes that are not UTF-8, and for a character which a
 *   URL cannot hold: Node hands over raw bytes as Latin-1, so that a raw "é" is another text.
 */
export function percentDecode(text: string): string | undefined {
  if (!ASCII.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
