import type { Command } from 'commander';
import { addConnectionOptions } from '../connection.ts';
import type { Io } from '../io.ts';

const EXAMPLES = `
Examples:
  $ catalogd get sales/orders
  $ catalogd get sales/orders --view basic             all but the objects
  $ catalogd get sales/orders --view schema
  $ catalogd get sales/orders --json | jq -r .etag     for --expected-etag`;

/** Declares `catalogd get`. */
export function getCommand(program: Command, io: Io): void {
  addConnectionOptions(
    program
      .command('get')
      .summary('show the manifest of a dataset')
      .description(
        'Shows the manifest of one dataset: identity, version, schema fingerprint, counts, labels, objects, or its schema.',
      )
      .argument('<name>', 'name of the dataset')
      .option(
        '--view <view>',
        'how much to show: full, basic, which leaves out objects and schema, or schema, which shows that instead of the objects (default: full)',
      )
      .option('--show-deleted', 'show the dataset even if it is deleted'),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, flags) => {
      const { get } = await import('../actions/get.ts');
      await get(name, flags, io);
    });
}
