import type { Command } from 'commander';
import { addConnectionOptions } from '../connection.ts';
import type { Io } from '../io.ts';
import { addStoreOption } from '../store-options.ts';
import { UsageError } from '../usage-error.ts';
import { addWriteOptions } from '../write-options.ts';

const HELP = `
Without --offline the service empties what one deleted dataset has left. It cannot be undeleted then. Its
name, its version and the request ids of its latest writes stay, so that versions never go back.

With --offline the files of deleted datasets are removed from the store, with their versions and the
request ids of their writes: a dataset of that name begins anew at version 1, and what still repeats an
old call is no longer recognised. EVERY replica on the store must have been stopped before, and stay so
until it is done: one that runs may write such a file again. This cannot be undone. What is not deleted
stays.

Exit code 0: done. 3: a name has nothing to purge. 4: a name is not deleted. 8: a file cannot be read,
and stays.

Examples:
  $ catalogd purge sales/orders-2019
  $ catalogd purge --offline --all-deleted --dry-run --store file:/var/lib/catalogd
  $ catalogd purge --offline sales/orders-2019 --store 's3://lake/prod?region=eu-central-1'`;

/** By commander's names: what works on the store alone, and what on a running service. */
const OFFLINE_ONLY = ['allDeleted', 'dryRun', 'config', 'store'];
const ONLINE_ONLY = [
  ...['address', 'timeout', 'attempts'],
  ...['allowMissing', 'expectedEtag', 'requestId', 'validateOnly'],
];

/** Declares `catalogd purge`. */
export function purgeCommand(program: Command, io: Io, setExitCode: (code: number) => void): void {
  const command = program
    .command('purge')
    .summary('remove what deleted datasets have left')
    .description('Removes what deleted datasets have left, for good. Data objects are not touched.')
    .argument('[name...]', 'names of deleted datasets; without --offline one')
    .option('--allow-missing', 'succeed where there is nothing to purge, too');
  addConnectionOptions(addWriteOptions(command))
    .option('--offline', 'work on the store itself, with every replica stopped; see below')
    .option('--all-deleted', 'all that are deleted; with --offline only')
    .option('--dry-run', 'report what would be removed, and remove nothing; with --offline only');
  addStoreOption(command)
    .addHelpText('after', HELP)
    .action(async (names: string[], flags) => {
      if (flags.offline !== true) {
        refuse(flags, OFFLINE_ONLY, 'goes with --offline only; stop every replica first');
        const { purge } = await import('../actions/purge.ts');
        return purge(names, flags, io);
      }
      refuse(flags, ONLINE_ONLY, 'does not go with --offline, which needs no service');
      const { purgeFiles } = await import('../actions/purge-offline.ts');
      setExitCode(await purgeFiles(names, flags, io));
    });
}

/** @throws {UsageError} for each of the flags that is given. */
function refuse(flags: Record<string, unknown>, refused: readonly string[], why: string): void {
  const given = refused.filter((each) => flags[each] !== undefined);
  const flagOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const problems = given.map((each) => `--${flagOf(each)}: ${why}`);
  if (problems.length > 0) throw new UsageError(...problems);
}
