import type { Profile } from './cluster.ts';
import { faultKinds } from './faults.ts';
import { hasWritten } from './history.ts';
import { METHODS } from './input.ts';
import type { SeedResult } from './run-seed.ts';

/** Fewer than so many writes and reads that succeeded, and a run shows nothing. */
const ENOUGH = { write: 30, read: 100 };
/** From so many seeds on every kind of fault has to have been done, and every kind of write. */
const ALL_KINDS_FROM = 20;

/** Adds up what many seeds came to. */
export class Figures {
  readonly #profile: Profile;
  readonly #outcomes = new Map<string, number>();
  readonly #written = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  #seeds = 0;
  #together = 0;
  #histories = 0;
  #slowestCheckMs = 0;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** @returns why the run does not count; empty if it does. */
  add({ history, faults, together, checkMs }: SeedResult): string[] {
    this.#seeds++;
    this.#together += together;
    this.#histories += new Set(history.operations.map(({ name }) => name)).size;
    this.#slowestCheckMs = Math.max(this.#slowestCheckMs, checkMs);
    const succeeded = { write: 0, read: 0 };
    for (const operation of history.operations) {
      const { kind, outcome } = operation;
      const what = kind === 'write' ? operation.input.method : kind;
      if (outcome.kind === 'ok') succeeded[kind]++;
      if (hasWritten(operation)) bump(this.#written, operation.input.method, 1);
      const reason =
        'reason' in outcome && outcome.reason !== 'OUTCOME_UNKNOWN' ? outcome.reason : '';
      bump(this.#outcomes, `${what} ${outcome.kind} ${reason}`.trim(), 1);
    }
    for (const [kind, times] of faults) bump(this.#faults, kind, times);
    const lacking = [];
    for (const kind of ['write', 'read'] as const) {
      if (succeeded[kind] >= ENOUGH[kind]) continue;
      lacking.push(`only ${succeeded[kind]} operations of kind ${kind} succeeded`);
    }
    const undone = this.#kinds().filter((kind) => !faults.has(kind));
    if (undone.length > this.#kinds().length / 2) {
      lacking.push(`most kinds of faults did not occur: ${undone.join(', ')}`);
    }
    return lacking;
  }

  /** Why the seeds together do not count; empty if they do. */
  lacking(): string[] {
    if (this.#seeds < ALL_KINDS_FROM) return [];
    const undone = this.#kinds().filter((kind) => !this.#faults.has(kind));
    const unwritten = METHODS.filter((method) => !this.#written.has(method));
    return [
      ...(undone.length > 0 ? [`kinds of faults that never occurred: ${undone.join(', ')}`] : []),
      ...(unwritten.length > 0 ? [`calls that never wrote: ${unwritten.join(', ')}`] : []),
      ...(this.#together === 0 ? ['no put held several writes'] : []),
    ];
  }

  print(tookMs: number): void {
    const seconds = (tookMs / 1_000).toFixed(1);
    console.log(
      `${this.#profile.name}: ${this.#seeds} seeds, ${this.#histories} histories, ${sum(this.#outcomes)} operations, ${sum(this.#faults)} faults in ${seconds} s; slowest check ${this.#slowestCheckMs.toFixed(0)} ms`,
    );
    console.log(`  ${this.#together} writes shared the put of the one before`);
    print('operations', this.#outcomes);
    print('faults', this.#faults);
  }

  #kinds(): string[] {
    const { faults, kills } = this.#profile;
    if (!kills) return faultKinds(faults, ['put']);
    return [
      ...faultKinds(faults, ['get', 'put', 'list']),
      'SIGKILL',
      'SIGKILL of all',
      'SIGSTOP',
      'SIGCONT',
    ];
  }
}

function print(title: string, counts: ReadonlyMap<string, number>): void {
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  console.log(`  ${title}: ${sorted.map(([key, times]) => `${key} ${times}`).join(', ')}`);
}

function bump(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

const sum = (counts: ReadonlyMap<string, number>) =>
  [...counts.values()].reduce((a, b) => a + b, 0);
