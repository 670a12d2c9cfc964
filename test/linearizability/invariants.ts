import {
  byName,
  describe,
  type History,
  hasWritten,
  isPreview,
  type Observed,
  type Operation,
  shownBy,
} from './history.ts';
import { wentBack } from './went-back.ts';

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

/** What holds besides linearizability, and is easier to read when it does not hold. */
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
    const shown = ofName.filter((each) => shownBy(each) !== null && !isPreview(each));
    broken.push(...contradictions(name, shown), ...wentBack(ofName));
    broken.push(...repetitions(ofName));
  }
  return broken;
}

/** Every version is that of one call: they never go back, over delete and re-create too. */
function repetitions(operations: readonly Operation[]): string[] {
  const broken: string[] = [];
  const writers = new Map<number, Operation>();
  for (const operation of operations.filter(hasWritten)) {
    const { version } = operation.outcome;
    const first = writers.get(version);
    if (first !== undefined) broken.push(`version ${version} twice:\n  ${pair(first, operation)}`);
    writers.set(version, operation);
  }
  return broken;
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
    if (newer.datasetId !== older.datasetId) {
      broken.push(`${name}: its id changed:\n  ${pair(before, operation)}`);
    }
    // The time of a new creation is that of a later version.
    const later = BigInt(newer.createdAt) > BigInt(older.updatedAt);
    if (newer.createdAt !== older.createdAt && !later) {
      broken.push(`${name}: its creation moved:\n  ${pair(before, operation)}`);
    }
  }
  for (const operation of inOrder) {
    const { deletedAt, updatedAt } = shownBy(operation) as Observed;
    if (deletedAt === null || deletedAt === updatedAt) continue;
    broken.push(`${name}: deleted at another time than written:\n  ${describe(operation)}`);
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
    a.deletedAt === b.deletedAt &&
    a.datasetId === b.datasetId
  );
}

const pair = (a: Operation, b: Operation) => `${describe(a)}\n  ${describe(b)}`;
