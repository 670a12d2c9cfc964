import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { addStoreOptions } from '../store-options.ts';
import { UsageError } from '../usage-error.ts';

const HELP = `
With --offline the files of deleted datasets are removed from the store, with their versions and the
request ids of their writes: a dataset of that name begins anew at version 1, and what still repeats an
old call is no longer recognised. EVERY replica on the store must have been stopped before, and stay so
until it is done: one that runs may write such a file again. This cannot be undone. What is not deleted
stays.

Exit code 0: done. 3: a name has no file. 4: a name is not deleted. 8: a file cannot be read, and stays.

Examples:
  $ catalogd purge --offline --all-deleted --dry-run --store file:/var/lib/catalogd
  $ catalogd purge --offline sales/orders-2019 --store 's3://lake/prod?region=eu-central-1'`;

/** Declares `catalogd purge`. */
export function purgeCommand(program: Command, io: Io, setExitCode: (code: number) => void): void {
  addStoreOptions(
    program
      .command('purge')
      .summary('remove what deleted datasets have left')
      .description('Removes what deleted datasets have left in the store, for good.')
      .argument('[name...]', 'names of deleted datasets')
      .option('--offline', 'work on the store itself, with every replica stopped; see below')
      .option('--all-deleted', 'all that are deleted; with --offline only')
      .option('--dry-run', 'report what would be removed, and remove nothing; with --offline only'),
  )
    .addHelpText('after', HELP)
    .action(async (names: string[], flags) => {
      if (flags.offline !== true) {
        throw new UsageError('--offline: is required; stop every replica on the store first');
      }
      const { purgeFiles } = await import('../actions/purge-offline.ts');
      setExitCode(await purgeFiles(names, flags, io));
    });
}
