/** Entity tags as a condition lists them (RFC 9110 section 8.8.3). */
export interface EntityTag {
  readonly weak: boolean;
  /** What stands between the quotes. */
  readonly opaque: string;
}

/** An entity tag, and the comma or end behind it. */
const TAG = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(?:,|$)/y;

/**
 * Reads the value of If-Match or If-None-Match.
 *
 * @returns `'*'`, the tags, or `undefined` if it is neither, for example an etag without quotes.
 */
export function parseEntityTags(value: string): '*' | readonly EntityTag[] | undefined {
  if (value.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  TAG.lastIndex = 0;
  while (TAG.lastIndex < value.length) {
    const match = TAG.exec(value);
    if (match === null) return undefined;
    const [, weak, opaque] = match;
    // Empty elements of a list are to be taken no notice of (RFC 9110 section 5.6.1.2).
    if (opaque !== undefined) tags.push({ weak: weak !== undefined, opaque });
  }
  return tags.length === 0 ? undefined : tags;
}
