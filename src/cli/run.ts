import { CommanderError } from 'commander';
import { EXIT } from './exit-codes.ts';
import { type Io, OutputClosedError } from './io.ts';
import { createProgram } from './program.ts';

/**
 * Runs the command line. Everything that goes wrong is reported on standard error.
 *
 * @param args the arguments after the program's name.
 * @returns the exit code.
 */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof OutputClosedError) {
      return EXIT.ok;
    }
    if (error instanceof CommanderError && error.exitCode === 0) {
      return EXIT.ok;
    }
    if (error instanceof CommanderError && error.code === 'commander.help') {
      // Help was printed because no command was given.
      return EXIT.usage;
    }
    const { report } = await import('./report.ts');
    return report(error, args, io);
  }
}
