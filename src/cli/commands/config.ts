import type { Command } from 'commander';
import { SETTINGS } from '../../config/settings.ts';
import type { Io } from '../io.ts';
import { addServiceOptions } from '../setting-options.ts';

const HELP = `
Takes the same flags, variables and file as \`catalogd serve\`, checks them as serve does, and prints what
serve would run with: YAML that --config takes again, each value with where it came from. What is secret
is left out. Whether the store, the port or a named file is there, only serve finds out.

Exit code 0: serve accepts it. 2: it does not; every wrong setting is named.

Examples:
  $ catalogd config
  $ catalogd config --config /etc/catalogd/catalogd.yaml
  $ catalogd config > catalogd.yaml                      a file to begin with`;

/** Declares `catalogd config`. */
export function configCommand(program: Command, io: Io): void {
  addServiceOptions(
    program
      .command('config')
      .summary('print the configuration of the service')
      .description('Checks the configuration of the service and prints the effective one.'),
    SETTINGS,
  )
    .addHelpText('after', HELP)
    .action(async (flags) => {
      const { config } = await import('../actions/config.ts');
      await config(flags, io);
    });
}
