import type { Command } from 'commander';
import { addConnectionOptions } from '../connection.ts';
import type { Io } from '../io.ts';
import { addObjectOptions } from '../object-options.ts';
import { repeatable } from '../repeatable.ts';
import { addWriteOptions } from '../write-options.ts';

const HELP = `
An object whose key is there is replaced in its place, the others are added at the end. The dataset must
have the schema of the files, or the fingerprint that is given; with --remove alone it may be left out.
The row count is adjusted where every count it depends on is known, and becomes unknown otherwise.

Examples:
  $ catalogd update sales/orders day3.parquet
  $ catalogd update sales/orders day3.parquet --remove file:///data/day1.parquet
  $ catalogd update sales/orders --remove s3://lake/orders/1.parquet
  $ catalogd update sales/orders --objects more.json --fingerprint sha256:ab12`;

/** Declares `catalogd update`. */
export function updateCommand(program: Command, io: Io): void {
  const command = program
    .command('update')
    .summary('add, replace and remove objects of a dataset')
    .description(
      'Adds, replaces and removes objects of a dataset by their keys, all at once or not at all. The others stay, and so do labels and schema.',
    )
    .argument('<name>', 'name of the dataset, such as sales/orders');
  addObjectOptions(command)
    .option(
      '--remove <key>',
      'key of an object to remove, which must be there; repeatable',
      repeatable,
    )
    .option('--row-count <n>', 'rows of the dataset afterwards (default: adjusted; see below)');
  addConnectionOptions(addWriteOptions(command))
    .addHelpText('after', HELP)
    .action(async (name: string, paths: string[], flags) => {
      const { update } = await import('../actions/update.ts');
      await update(name, paths, flags, io);
    });
}
