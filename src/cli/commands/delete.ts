import type { Command } from 'commander';
import { addConnectionOptions } from '../connection.ts';
import type { Io } from '../io.ts';
import { addWriteOptions } from '../write-options.ts';

const EXAMPLES = `
Examples:
  $ catalogd delete sales/orders
  $ catalogd delete sales/orders --allow-missing       fine if there is none
  $ catalogd list --show-deleted                       what can be undeleted`;

/** Declares `catalogd delete`. */
export function deleteCommand(program: Command, io: Io): void {
  addConnectionOptions(
    addWriteOptions(
      program
        .command('delete')
        .summary('delete a dataset, until it is undeleted')
        .description(
          'Deletes a dataset: it counts as absent from then on. Until it is registered anew or purged it can be undeleted. Its data objects are not touched.',
        )
        .argument('<name>', 'name of the dataset')
        .option('--allow-missing', 'succeed where there is no such dataset, too'),
    ),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, flags) => {
      const { deleteDataset } = await import('../actions/delete.ts');
      await deleteDataset(name, flags, io);
    });
}
