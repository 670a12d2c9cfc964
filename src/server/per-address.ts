/** Counts connections by where they come from. */
export class PerAddress {
  readonly #counts = new Map<string, number>();
  readonly #max: number;

  /** @param max connections from one address at a time. */
  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Counts one more connection from an address.
   *
   * @returns what takes it off the count again; `undefined` if there are as many as there may be.
   */
  enter(address: string): (() => void) | undefined {
    const key = sourceOf(address);
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#max) return undefined;
    this.#counts.set(key, count + 1);
    return () => {
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    };
  }
}

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * What of an address one peer cannot choose freely: an IPv4 address, or the first 64 bits of an IPv6
 * address, for the rest of it is at the peer's disposal (RFC 4291 section 2.5.4).
 */
export function sourceOf(address: string): string {
  const [, mapped] = MAPPED_IPV4.exec(address) ?? [];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
