/**
 * Sorts by the UTF-8 bytes of a text of each item, which is S3's order of keys and not JavaScript's
 * own, by UTF-16 units.
 */
export function inByteOrder<T>(items: readonly T[], text: (item: T) => string): readonly T[] {
  return items
    .map((item) => ({ item, bytes: Buffer.from(text(item)) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ item }) => item);
}
