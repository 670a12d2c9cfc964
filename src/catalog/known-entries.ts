import { breather } from './breather.ts';
import type { Entry } from './entry.ts';
import type { Runtime } from './runtime.ts';
import { compareUtf8 } from './text.ts';

/**
 * Entries of which it is to be found out which of them a listing confirms. In the order of their names,
 * which is that of listings: to compare a name with the next one takes a sixth of what it takes to look it
 * up, and a map is made only of what is confirmed.
 */
export class KnownEntries {
  readonly #entries: readonly Entry[];
  /** The one that is expected next. */
  #next = 0;
  #round = 0;

  /** @param entries in any order; there may be several of one name. They belong to this from now on. */
  constructor(entries: Entry[]) {
    this.#entries = entries.sort((a, b) => compareUtf8(a.name, b.name));
  }

  /** Some of the names, in order, with so many others between each two of them. */
  namesEvery(distance: number): readonly string[] {
    const names: string[] = [];
    for (let i = distance - 1; i < this.#entries.length; i += distance) {
      names.push((this.#entries[i] as Entry).name);
    }
    return names;
  }

  /** A listing begins, perhaps once more: nothing is confirmed. */
  begin(): void {
    this.#round++;
    this.#next = 0;
  }

  /** Whether there is an entry of the name with this etag, which is confirmed then. */
  confirm(name: string, storeEtag: string): boolean {
    if (this.#entries[this.#next]?.name !== name) this.#next = this.#find(name);
    for (; ; this.#next++) {
      const entry = this.#entries[this.#next];
      if (entry?.name !== name) return false;
      if (entry.storeEtag !== storeEtag) continue;
      entry.sweep = this.#round;
      this.#next++;
      return true;
    }
  }

  /** The confirmed entries by name, in order. */
  async confirmed(runtime: Pick<Runtime, 'monotonic' | 'sleep'>): Promise<Map<string, Entry>> {
    const isTimeToPause = breather(runtime);
    const confirmed = new Map<string, Entry>();
    for (const entry of this.#entries) {
      if (entry.sweep === this.#round) confirmed.set(entry.name, entry);
      if (isTimeToPause()) await runtime.sleep(0);
    }
    return confirmed;
  }

  /** Where the first entry is whose name is not before this one. */
  #find(name: string): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareUtf8((this.#entries[middle] as Entry).name, name) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
