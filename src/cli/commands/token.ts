import type { Command } from 'commander';
import type { Io } from '../io.ts';

const HELP = `
The token goes to standard output, once: it is not kept anywhere. The line for the file that serve takes as
--tokens goes to standard error; it holds a hash, from which the token cannot be found. Append
" until=2027-01-31T00:00:00Z" to it to have the token end by itself, and remove the line to withdraw it. A
name may have several tokens, as while one takes the place of another.

Examples:
  $ catalogd token ci > ci.token 2>> tokens
  $ catalogd serve --tokens tokens --policy policy.yaml
  $ catalogd list --token-file ci.token`;

/** Declares `catalogd token`. */
export function tokenCommand(program: Command, io: Io): void {
  program
    .command('token <name>')
    .summary('make a token for a caller of the service')
    .description('Makes a new bearer token, and the line by which the service knows it.')
    .addHelpText('after', HELP)
    .action(async (name: string) => {
      const { token } = await import('../actions/token.ts');
      await token(name, io);
    });
}
