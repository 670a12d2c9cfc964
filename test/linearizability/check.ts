import { checkLinearizable } from './checker.ts';
import { byName, describe, type History } from './history.ts';
import { brokenInvariants } from './invariants.ts';

/**
 * Everything that is wrong with a history; empty if nothing is. A history whose search was given up
 * does not pass.
 */
export function violationsOf(history: History): string[] {
  const violations = brokenInvariants(history);
  for (const [name, operations] of byName(history.operations)) {
    const verdict = checkLinearizable(operations);
    if (verdict.kind === 'undecided') {
      violations.push(
        `${name}: no verdict on its ${operations.length} operations within the bound`,
      );
    }
    if (verdict.kind === 'violation') {
      const { version, marker, fingerprint } = verdict.state;
      // What ended first has to come first: that it cannot is what is wrong.
      const byEnd = verdict.blocked.toSorted((a, b) => a.returned - b.returned);
      const blocked = byEnd.map(describe).join('\n  ');
      violations.push(
        `${name}: not linearizable. From version ${version} (row count ${marker}, ${fingerprint}) no operation can come next:\n  ${blocked}`,
      );
    }
  }
  return violations;
}
