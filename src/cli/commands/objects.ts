import type { Command } from 'commander';
import { addConnectionOptions } from '../connection.ts';
import type { Io } from '../io.ts';

const EXAMPLES = `
Examples:
  $ catalogd objects sales/orders
  $ catalogd objects sales/orders --json | jq -r .key`;

/** Declares `catalogd objects`. */
export function objectsCommand(program: Command, io: Io): void {
  addConnectionOptions(
    program
      .command('objects')
      .summary('list the objects of a dataset')
      .description(
        'Lists the objects (data files) of one dataset, in the order in which they were registered, all of one version. Fetched in pages while it is printed, so it works however many there are. If the dataset is written meanwhile, it ends with exit code 5: run it again.',
      )
      .argument('<name>', 'name of the dataset')
      .option('--page-size <n>', 'how many to fetch at once, 1 to 1000 (default: 100)'),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, flags) => {
      const { objects } = await import('../actions/objects.ts');
      await objects(name, flags, io);
    });
}
