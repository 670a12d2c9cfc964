import {
  byName,
  describe,
  type History,
  type Observed,
  type Operation,
  shownBy,
} from './history.ts';

/** Ways to fail that faults bring about. Any other is a violation, whatever the order of operations. */
const EXPECTED_FAILURES = new Set([
  'STORE_UNAVAILABLE',
  'NOT_READY',
  'DEADLINE_EXCEEDED',
  'CANCELED',
  'CONTENDED',
  'TOO_BUSY',
  'OUTCOME_UNKNOWN',
  // The connection broke, or there was none.
  'TRANSPORT',
]);

/**
 * What holds besides linearizability, and is easier to read when it does not hold. No dataset of a
 * history is ever deleted.
 */
export function brokenInvariants({ operations }: History): string[] {
  const broken: string[] = [];
  for (const operation of operations) {
    const { outcome } = operation;
    const lost = outcome.kind === 'failed' || outcome.kind === 'unknown';
    if (lost && !EXPECTED_FAILURES.has(outcome.reason)) {
      broken.push(`no fault explains this failure: ${describe(operation)}`);
    }
  }
  for (const [name, ofName] of byName(operations)) {
    const shown = ofName.filter(showsWritten);
    broken.push(...contradictions(name, shown), ...backwards(ofName));
  }
  return broken;
}

/** An answer to `validate_only` shows a version that was not written. */
function showsWritten(operation: Operation): boolean {
  const preview = operation.kind === 'register' && operation.input.validateOnly;
  return shownBy(operation) !== null && !preview;
}

/** One version has one content and one time; times go up with versions; identity never changes. */
function contradictions(name: string, operations: readonly Operation[]): string[] {
  const broken: string[] = [];
  const versions = new Map<number, Operation>();
  for (const operation of operations) {
    const seen = shownBy(operation) as Observed;
    const first = versions.get(seen.version);
    if (first === undefined) versions.set(seen.version, operation);
    else if (!sameVersion(seen, shownBy(first) as Observed)) {
      broken.push(`two contents of version ${seen.version}:\n  ${pair(first, operation)}`);
    }
  }
  const inOrder = [...versions].sort(([a], [b]) => a - b).map(([, operation]) => operation);
  for (const [i, operation] of inOrder.entries()) {
    const before = inOrder[i - 1];
    if (before === undefined) continue;
    const [older, newer] = [shownBy(before) as Observed, shownBy(operation) as Observed];
    if (BigInt(newer.updatedAt) <= BigInt(older.updatedAt)) {
      broken.push(`${name}: a later version is not later:\n  ${pair(before, operation)}`);
    }
    if (newer.datasetId !== older.datasetId || newer.createdAt !== older.createdAt) {
      broken.push(`${name}: its identity changed:\n  ${pair(before, operation)}`);
    }
  }
  return broken;
}

function sameVersion(a: Observed, b: Observed): boolean {
  return (
    a.marker === b.marker &&
    a.fingerprint === b.fingerprint &&
    a.etag === b.etag &&
    a.updatedAt === b.updatedAt &&
    a.createdAt === b.createdAt &&
    a.datasetId === b.datasetId
  );
}

/** Within one incarnation of a replica no answer is older than one that was there before the call. */
function backwards(operations: readonly Operation[]): string[] {
  const broken: string[] = [];
  for (const ofReplica of Map.groupBy(operations, ({ replica }) => replica).values()) {
    const answered = ofReplica.filter(({ outcome }) => outcome.kind === 'ok').filter(isOfIndex);
    const ends = answered.toSorted((a, b) => a.returned - b.returned);
    let ended = 0;
    let newest: Operation | undefined;
    for (const operation of answered.toSorted((a, b) => a.invoked - b.invoked)) {
      for (; (ends[ended]?.returned ?? Number.POSITIVE_INFINITY) < operation.invoked; ended++) {
        const candidate = ends[ended] as Operation;
        if (newest === undefined || versionShown(candidate) > versionShown(newest))
          newest = candidate;
      }
      if (newest !== undefined && versionShown(operation) < versionShown(newest)) {
        broken.push(`a replica went back:\n  ${pair(newest, operation)}`);
      }
    }
  }
  return broken;
}

function isOfIndex(operation: Operation): boolean {
  return operation.kind === 'read' || showsWritten(operation);
}

const versionShown = (operation: Operation) => shownBy(operation)?.version ?? 0;

const pair = (a: Operation, b: Operation) => `${describe(a)}\n  ${describe(b)}`;
