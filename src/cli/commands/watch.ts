import type { Command } from 'commander';
import { addConnectionOptions } from '../connection.ts';
import type { Io } from '../io.ts';

const EXAMPLES = `
Examples:
  $ catalogd watch
  $ catalogd watch sales/
  $ catalogd watch --json | jq -r '.put.name // empty'`;

/** Declares `catalogd watch`. */
export function watchCommand(program: Command, io: Io): void {
  addConnectionOptions(
    program
      .command('watch')
      .summary('show the datasets, and each change of one as it happens')
      .description(
        'Shows all datasets, then "synced", and then each change as it happens, one a line, until it is interrupted (Ctrl-C). A connection that breaks is made anew, and nothing is lost meanwhile; several changes of one dataset may be shown as one.',
      )
      .argument('[prefix]', 'only names that begin with this'),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (prefix: string | undefined, flags) => {
      const { watch } = await import('../actions/watch.ts');
      await watch(prefix ?? '', flags, io);
    });
}
