import type { Command } from 'commander';
import { addConnectionOptions } from '../connection.ts';
import type { Io } from '../io.ts';
import { addObjectOptions } from '../object-options.ts';
import { repeatable } from '../repeatable.ts';
import { addWriteOptions } from '../write-options.ts';

const HELP = `
Paths: a file; a folder, with all *.parquet files in it and the folders in it, in byte order; a glob in
quotes ('data/**/*.parquet'); or s3://bucket/key-or-prefix?endpoint=URL&region=NAME&path_style=true, with
credentials as the AWS tools find them. As with Spark and Hive, names within a folder that begin with .
or _ are left out, unless they hold a = (_year=2024). Nothing is registered unless every file can be read
and all have one schema.

The schema is read from the files and registered with them, unless it is beyond what a manifest can carry:
then it is left out, and the command says so.

Objects as JSON: an array of the API's DataObject. Unknown fields are refused. 64-bit numbers may be
strings; beyond 2^53 they must be.
  [{"key": "s3://bucket/a.parquet", "size_bytes": 1024, "row_count": 10, "etag": "\\"9e10...\\""}]

Examples:
  $ catalogd register sales/orders day1.parquet day2.parquet
  $ catalogd register sales/orders *.parquet --label team=sales --label tier=gold
  $ catalogd register sales/orders ./orders --dry-run
  $ catalogd register sales/orders 's3://lake/sales/orders?region=eu-central-1'
  $ catalogd register sales/orders ./lake/orders --relative-to ./lake
  $ catalogd register sales/orders 'orders/**/*.parquet' --validate-only
  $ catalogd register sales/orders --objects objects.json --fingerprint sha256:ab12 --row-count 10
  $ catalogd register sales/orders *.parquet --expected-etag "$(catalogd get sales/orders --json | jq -r .etag)"`;

/** Declares `catalogd register`. */
export function registerCommand(program: Command, io: Io): void {
  const command = program
    .command('register')
    .summary('register a dataset, or the new state of one')
    .description(
      'Registers a dataset under a name: its objects, its row count and the fingerprint of its schema. A name that is new is created; with the same fingerprint its objects are replaced; with another fingerprint it is refused (exit code 4) and nothing changes: see evolve. Objects are Parquet files, of which only the footers are read, or given as JSON.',
    )
    .argument('<name>', 'name of the dataset, such as sales/orders');
  addObjectOptions(command)
    .option('--row-count <n>', 'rows of the dataset; with --objects only (default: unknown)')
    .option(
      '--label <key=value>',
      'put a label on the dataset; repeatable; all labels are replaced (default: they stay)',
      repeatable,
    )
    .option('--no-labels', 'remove all labels')
    .option('--dry-run', 'show what would be sent, and send nothing; needs no service');
  addConnectionOptions(addWriteOptions(command))
    .addHelpText('after', HELP)
    .action(async (name: string, paths: string[], flags) => {
      const { register } = await import('../actions/register.ts');
      await register(name, paths, flags, io);
    });
}
