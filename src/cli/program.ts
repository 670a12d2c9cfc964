import { Command } from 'commander';
import { checkpointCommand } from './commands/checkpoint.ts';
import { configCommand } from './commands/config.ts';
import { deleteCommand } from './commands/delete.ts';
import { evolveCommand } from './commands/evolve.ts';
import { exportCommand } from './commands/export.ts';
import { getCommand } from './commands/get.ts';
import { helpCommand } from './commands/help.ts';
import { importCommand } from './commands/import.ts';
import { listCommand } from './commands/list.ts';
import { objectsCommand } from './commands/objects.ts';
import { purgeCommand } from './commands/purge.ts';
import { registerCommand } from './commands/register.ts';
import { serveCommand } from './commands/serve.ts';
import { tokenCommand } from './commands/token.ts';
import { undeleteCommand } from './commands/undelete.ts';
import { updateCommand } from './commands/update.ts';
import { verifyCommand } from './commands/verify.ts';
import { watchCommand } from './commands/watch.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import type { Io } from './io.ts';
import { packageVersion } from './version.ts';

const HELP = `
${EXIT_CODES_HELP}

Examples:
  $ catalogd serve &                                start a catalog in ./catalogd-data
  $ catalogd register sales/orders day1.parquet     put a dataset into it
  $ catalogd get sales/orders                       look at it
  $ catalogd help register                          more on a command`;

/**
 * Declares the whole command line. What a command needs to run is loaded when it runs, so that help
 * and the small commands start fast.
 *
 * @param setExitCode takes the exit code of a command that ended on its own terms.
 */
export function createProgram(io: Io, setExitCode: (code: number) => void): Command {
  const program = new Command('catalogd')
    .description('A dataset catalog as a service, with no database.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .addHelpText('after', HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // The error is thrown as well, and reported in one place.
      outputError: () => {},
    });
  serveCommand(program, io, setExitCode);
  configCommand(program, io);
  tokenCommand(program, io);
  registerCommand(program, io);
  evolveCommand(program, io);
  updateCommand(program, io);
  deleteCommand(program, io);
  undeleteCommand(program, io);
  getCommand(program, io);
  listCommand(program, io);
  objectsCommand(program, io);
  watchCommand(program, io);
  verifyCommand(program, io, setExitCode);
  exportCommand(program, io, setExitCode);
  importCommand(program, io, setExitCode);
  purgeCommand(program, io, setExitCode);
  checkpointCommand(program, io);
  helpCommand(program);
  return program;
}
