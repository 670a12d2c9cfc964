import type { Command } from 'commander';
import { addConnectionOptions } from '../connection.ts';
import type { Io } from '../io.ts';
import { addObjectOptions } from '../object-options.ts';
import { addWriteOptions } from '../write-options.ts';

const HELP = `
All objects are given anew, as for register: by Parquet files, or as JSON with --fingerprint. Labels stay.

Without --from the fingerprint that the dataset has is read first, and printed on standard error. To
repeat a command whose outcome is unknown (exit code 7), give --from as it was printed along with
--request-id: by then the dataset may have the new fingerprint.

A compatibility mode refuses the change (exit code 4) where it
  backward  keeps readers of the new schema from reading data of the old one
  forward   keeps readers of the old schema from reading data of the new one
  full      does either
It needs both schemas: that of the files, and one that was registered from files. Schemas that are not
known are not compared, and the command says so. --validate-only shows all changes and which direction
each of them breaks.

Examples:
  $ catalogd evolve sales/orders new.parquet --validate-only
  $ catalogd evolve sales/orders orders/*.parquet --compatibility backward
  $ catalogd evolve sales/orders --from sha256:ab12 --objects objects.json --fingerprint sha256:cd34`;

/** Declares `catalogd evolve`. */
export function evolveCommand(program: Command, io: Io): void {
  const command = program
    .command('evolve')
    .summary("change a dataset's schema")
    .description(
      "Changes a dataset's schema on purpose, which register refuses: fingerprint, schema, objects and row count become those given.",
    )
    .argument('<name>', 'name of the dataset, such as sales/orders');
  addObjectOptions(command)
    .option('--row-count <n>', 'rows of the dataset; with --objects only (default: unknown)')
    .option(
      '--from <fingerprint>',
      'the fingerprint that the dataset has, else exit code 4 (default: what it has, read first)',
    )
    .option(
      '--compatibility <mode>',
      'what the new schema has to be: none, backward, forward or full (default: none)',
    );
  addConnectionOptions(addWriteOptions(command))
    .addHelpText('after', HELP)
    .action(async (name: string, paths: string[], flags) => {
      const { evolve } = await import('../actions/evolve.ts');
      await evolve(name, paths, flags, io);
    });
}
