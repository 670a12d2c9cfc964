import { describe, hasWritten, isPreview, type Operation, shownBy } from './history.ts';

/** The least version that an answer can be of. */
interface Least {
  readonly operation: Operation;
  readonly version: number;
  /** Whether there is no dataset to be seen at that version. */
  readonly gone: boolean;
}

/** Answers by which a replica went back: within one incarnation none is older than one before the call. */
export function wentBack(operations: readonly Operation[]): string[] {
  const deletes = new Deletes(operations);
  const broken: string[] = [];
  for (const ofReplica of Map.groupBy(operations, ({ replica }) => replica).values()) {
    broken.push(...ofOne(ofReplica.filter(isOfIndex), deletes));
  }
  return broken;
}

function ofOne(answered: readonly Operation[], deletes: Deletes): string[] {
  const broken: string[] = [];
  const ends = answered.toSorted((a, b) => a.returned - b.returned);
  const known = new Map<Operation, Least>();
  let ended = 0;
  let newest: Least | undefined;
  for (const operation of answered.toSorted((a, b) => a.invoked - b.invoked)) {
    for (; (ends[ended]?.returned ?? Number.POSITIVE_INFINITY) < operation.invoked; ended++) {
      const candidate = known.get(ends[ended] as Operation);
      if (candidate === undefined) continue;
      if (newest === undefined || candidate.version > newest.version) newest = candidate;
    }
    const least = leastOf(operation, newest, deletes);
    known.set(operation, least);
    if (newest !== undefined && least.version < newest.version) {
      const pair = `${describe(newest.operation)}\n  ${describe(operation)}`;
      broken.push(`a replica went back:\n  ${pair}`);
    }
  }
  return broken;
}

/** What an answer can be of at least, after that other answer. */
function leastOf(operation: Operation, newest: Least | undefined, deletes: Deletes): Least {
  const shown = shownBy(operation);
  if (shown !== null) {
    return { operation, version: shown.version, gone: shown.deletedAt !== null };
  }
  if (newest === undefined) return { operation, version: 0, gone: true };
  if (newest.gone) return { ...newest, operation };
  return { operation, version: deletes.after(newest.version, operation.returned), gone: true };
}

/** When a name may have been deleted. */
class Deletes {
  readonly #versions: readonly number[];
  /** When the earliest one began whose version is not known. */
  readonly #unknownFrom: number;

  constructor(operations: readonly Operation[]) {
    const deletes = operations.filter(
      (each) => each.kind === 'write' && each.input.method === 'delete',
    );
    const versions = deletes.flatMap((each) => (hasWritten(each) ? [each.outcome.version] : []));
    this.#versions = versions.sort((a, b) => a - b);
    const unknown = deletes.filter(({ outcome }) => outcome.kind === 'unknown');
    this.#unknownFrom = Math.min(...unknown.map(({ invoked }) => invoked));
  }

  /** The first version above that one which may be a tombstone, by an answer at that time; else 0. */
  after(version: number, time: number): number {
    if (this.#unknownFrom < time) return version + 1;
    return this.#versions.find((each) => each > version) ?? 0;
  }
}

function isOfIndex(operation: Operation): boolean {
  if (operation.outcome.kind !== 'ok') return false;
  if (operation.kind === 'read') return true;
  return shownBy(operation) !== null && !isPreview(operation);
}
