import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { addStoreOptions } from '../store-options.ts';

const HELP = `
A start reads every manifest that the checkpoint does not have as it is in the store. The service keeps a
checkpoint by itself once there are a thousand manifests; write one by hand before the first start on a
store that was filled by other means, such as import or a copy. On s3:// the service may go on; a
directory is for one process, so stop the service first.

The checkpoint is a cache, in files below _catalog/checkpoint/: they can be removed at any time, and what is
damaged, out of date, or of another store or version of catalogd is ignored.

Exit code 0: written. 8: a manifest cannot be read, and no checkpoint was written.

Examples:
  $ catalogd checkpoint --store file:/var/lib/catalogd
  $ catalogd checkpoint --store 's3://lake/prod?region=eu-central-1'`;

/** Declares `catalogd checkpoint`. */
export function checkpointCommand(program: Command, io: Io): void {
  addStoreOptions(
    program
      .command('checkpoint')
      .summary('make the next start fast')
      .description(
        'Writes a checkpoint of the catalog into its store, so that the next start is fast.',
      ),
  )
    .addHelpText('after', HELP)
    .action(async (flags) => {
      const { checkpoint } = await import('../actions/checkpoint.ts');
      await checkpoint(flags, io);
    });
}
