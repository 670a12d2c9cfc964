import { createHash } from 'node:crypto';
import { compareUtf8 } from './text.ts';

/** Names that stand together in their order: one name, or all that begin with a prefix. */
export type NameRange = { readonly name: string } | { readonly prefix: string };

/**
 * A set of names: all, or a number of names and of what lies below them. Segments count as a whole:
 * `team` is never a part of `teamx`.
 */
export class NameScope {
  /** Every name. */
  static readonly all = new NameScope(true, new Set(), new Set());
  /** No name. */
  static readonly none = new NameScope(false, new Set(), new Set());

  readonly #everything: boolean;
  readonly #names: ReadonlySet<string>;
  /** Each ends in `/`. */
  readonly #folders: ReadonlySet<string>;
  /** Without overlaps, in the order of the names which they hold. */
  readonly #ranges: readonly NameRange[];
  #key: string | undefined;

  private constructor(
    everything: boolean,
    names: ReadonlySet<string>,
    folders: ReadonlySet<string>,
  ) {
    this.#everything = everything;
    this.#names = names;
    this.#folders = folders;
    this.#ranges = everything ? [{ prefix: '' }] : this.#disjoint();
  }

  /**
   * The names that patterns stand for: `*` for every name, `team/` for all below `team`, and `team`
   * for the name itself and all below it.
   */
  static of(patterns: Iterable<string>): NameScope {
    const names = new Set<string>();
    const folders = new Set<string>();
    for (const pattern of patterns) {
      if (pattern === '*') return NameScope.all;
      if (!pattern.endsWith('/')) names.add(pattern);
      folders.add(pattern.endsWith('/') ? pattern : `${pattern}/`);
    }
    return names.size + folders.size === 0 ? NameScope.none : new NameScope(false, names, folders);
  }

  /** Whether it holds every name. */
  get isAll(): boolean {
    return this.#everything;
  }

  /** Whether it holds no name. */
  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** Short, and the same for the same names alone; empty for all. Binds a token to the scope. */
  get key(): string {
    if (this.#everything) return '';
    this.#key ??= createHash('sha256')
      .update(JSON.stringify(this.#ranges))
      .digest('base64url')
      .slice(0, 22);
    return this.#key;
  }

  /** Whether a name is one of them. */
  covers(name: string): boolean {
    return this.#everything || this.#names.has(name) || this.#hasFolderOf(name);
  }

  /**
   * Those of the names that begin with `prefix` and come after `after`, as ranges in order. A range
   * may begin before `after`, but does not end there.
   */
  *within(prefix: string, after: string | undefined): Generator<NameRange> {
    for (const range of this.#ranges) {
      const cut = intersection(range, prefix);
      if (cut !== undefined && !isBefore(cut, after)) yield cut;
    }
  }

  #hasFolderOf(name: string): boolean {
    for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) {
      if (this.#folders.has(name.slice(0, at + 1))) return true;
    }
    return false;
  }

  #disjoint(): readonly NameRange[] {
    const names = [...this.#names].filter((name) => !this.#hasFolderOf(name));
    const folders = [...this.#folders].filter((folder) => !this.#hasFolderOf(folder.slice(0, -1)));
    return [...names.map((name) => ({ name })), ...folders.map((prefix) => ({ prefix }))].sort(
      (a, b) => compareUtf8(start(a), start(b)),
    );
  }
}

function start(range: NameRange): string {
  return 'name' in range ? range.name : range.prefix;
}

function intersection(range: NameRange, prefix: string): NameRange | undefined {
  if (start(range).startsWith(prefix)) return range;
  return 'prefix' in range && prefix.startsWith(range.prefix) ? { prefix } : undefined;
}

/** Whether the whole range is at `after` or before it. */
function isBefore(range: NameRange, after: string | undefined): boolean {
  if (after === undefined || compareUtf8(start(range), after) > 0) return false;
  return 'name' in range || !after.startsWith(range.prefix);
}
