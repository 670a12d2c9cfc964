import type { Command } from 'commander';

/**
 * Declares `catalogd help`, after all other commands. Commander's own answers to a name that is no
 * command with the help of the program, and does not say why.
 */
export function helpCommand(program: Command): void {
  program
    .command('help [command]')
    .summary('show help for a command')
    .description('Shows help for a command, or for the program.')
    .action((name?: string) => {
      const command =
        name === undefined ? program : program.commands.find((each) => each.name() === name);
      if (command === undefined) program.error(`error: unknown command '${name}'`);
      else command.help();
    });
}
