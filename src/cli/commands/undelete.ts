import type { Command } from 'commander';
import { addConnectionOptions } from '../connection.ts';
import type { Io } from '../io.ts';
import { addWriteOptions } from '../write-options.ts';

const EXAMPLES = `
Examples:
  $ catalogd list --show-deleted
  $ catalogd undelete sales/orders`;

/** Declares `catalogd undelete`. */
export function undeleteCommand(program: Command, io: Io): void {
  addConnectionOptions(
    addWriteOptions(
      program
        .command('undelete')
        .summary('bring a deleted dataset back')
        .description(
          'Brings a deleted dataset back as it was when it was deleted. One that is not deleted is a conflict (exit code 4); one that never was, or has been purged, is not found (3).',
        )
        .argument('<name>', 'name of the dataset'),
    ),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, flags) => {
      const { undelete } = await import('../actions/undelete.ts');
      await undelete(name, flags, io);
    });
}
