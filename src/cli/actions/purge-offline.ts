import { type PurgedName, purgeOffline } from '../../maintenance/purge-offline.ts';
import { nameProblem } from '../../maintenance/sanity.ts';
import { EXIT } from '../exit-codes.ts';
import { type Io, writeOut } from '../io.ts';
import { escapeText, jsonLine } from '../output/escape.ts';
import { UsageError } from '../usage-error.ts';
import { withStore } from '../with-store.ts';

/**
 * Carries out `catalogd purge --offline`.
 *
 * @returns the exit code.
 */
export async function purgeFiles(
  names: readonly string[],
  flags: Record<string, unknown>,
  io: Io,
): Promise<number> {
  const all = flags.allDeleted === true;
  if (all === names.length > 0) {
    throw new UsageError('give either names of deleted datasets or --all-deleted');
  }
  const problems = names.flatMap((name) => nameProblem(name) ?? []);
  if (problems.length > 0) throw new UsageError(...problems);
  const dryRun = flags.dryRun === true;
  const wanted = all ? undefined : [...new Set(names)];
  const outcomes = await withStore({ flags, env: io.env }, false, (open) =>
    purgeOffline(open, wanted, dryRun),
  );
  const text =
    flags.json === true ? jsonLine({ dry_run: dryRun, names: outcomes }) : render(outcomes, dryRun);
  await writeOut(io.stdout, text);
  return exitCode(outcomes);
}

function render(outcomes: readonly PurgedName[], dryRun: boolean): string {
  const removed = outcomes.filter(({ outcome }) => outcome === 'removed').length;
  const lines = [
    ...outcomes.map(({ name, outcome, problem }) => {
      const done = outcome === 'removed' && dryRun ? 'would be removed' : outcome;
      return `${name}: ${done}${problem === undefined ? '' : `: ${problem}`}`;
    }),
    `${removed} ${dryRun ? 'would be removed' : 'removed'}`,
  ];
  return lines.map((line) => `${escapeText(line)}\n`).join('');
}

function exitCode(outcomes: readonly PurgedName[]): number {
  const any = (outcome: PurgedName['outcome']) => outcomes.some((one) => one.outcome === outcome);
  if (any('unusable')) return EXIT.corrupt;
  if (any('undecided')) return EXIT.outcomeUnknown;
  if (any('live')) return EXIT.conflict;
  return any('absent') ? EXIT.notFound : EXIT.ok;
}
