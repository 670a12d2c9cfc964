/** What a verification can find; the value says how grave it is. */
const SEVERITY = {
  /** The file is not as catalogd wrote it. */
  DAMAGED: 'problem',
  /** It holds the manifest of another name. */
  MISPLACED: 'problem',
  /** Its key is that of no dataset's name. */
  BAD_NAME: 'problem',
  /** The dataset id is not that of the name. */
  WRONG_ID: 'problem',
  /** The recent writes have a gap. */
  WRONG_HISTORY: 'problem',
  /** The schema is none. */
  WRONG_SCHEMA: 'problem',
  /** Its sizes or times cannot be shown: no catalogd would start with it, or answer with it. */
  WRONG_CONTENT: 'problem',
  /** The store does not give the file out. */
  UNREADABLE: 'problem',
  /** Only a newer catalogd can read it. */
  NEEDS_UPGRADE: 'problem',
  /** A newer catalogd wrote it: this one reads it, and does not rewrite it. */
  WRITTEN_BY_NEWER: 'note',
  /** A probe of the store was cut off before it cleaned up. */
  PROBE_LEFTOVER: 'warning',
  /** A write was cut off before it put its file in place. */
  TEMP_LEFTOVER: 'warning',
  /** Nothing that catalogd knows. */
  UNKNOWN_KEY: 'warning',
  /** A data object of a live dataset is not there. */
  OBJECT_MISSING: 'problem',
  /** It has another size than the manifest says. */
  OBJECT_SIZE: 'problem',
  /** It has another etag than the manifest says. */
  OBJECT_ETAG: 'problem',
} as const;

/** What was found, as a stable word. */
export type FindingKind = keyof typeof SEVERITY;

/** How grave it is: only a problem makes a catalog unsound. */
export type Severity = (typeof SEVERITY)[FindingKind];

/** One thing that was found. */
export interface Finding {
  readonly severity: Severity;
  readonly kind: FindingKind;
  /** The key in the store; of the dataset's manifest, where it is about a data object. */
  readonly key: string;
  /** What is wrong, with the value. */
  readonly problem: string;
}

/** So many findings are kept, problems first; of the rest only the number. */
const MAX_KEPT = 10_000;

/** Collects findings in bounded memory. */
export class Findings {
  readonly #problems: Finding[] = [];
  readonly #others: Finding[] = [];
  readonly #counts = new Map<FindingKind, number>();

  add(kind: FindingKind, key: string, problem: string): void {
    this.#counts.set(kind, this.count(kind) + 1);
    const severity = SEVERITY[kind];
    const kept = severity === 'problem' ? this.#problems : this.#others;
    if (kept.length < MAX_KEPT) kept.push({ severity, kind, key, problem });
  }

  /** How many of a kind there are. */
  count(kind: FindingKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** How many there are of each kind that was found. */
  get counts(): Readonly<Partial<Record<FindingKind, number>>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** How many are of a severity. */
  ofSeverity(severity: Severity): number {
    let sum = 0;
    for (const [kind, count] of this.#counts) if (SEVERITY[kind] === severity) sum += count;
    return sum;
  }

  /** 10,000 at most, by key: problems, and what does no harm only where there is room beside these. */
  get kept(): readonly Finding[] {
    return [...this.#problems, ...this.#others]
      .slice(0, MAX_KEPT)
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  }
}
