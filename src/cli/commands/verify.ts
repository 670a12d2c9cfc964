import type { Command } from 'commander';
import { SETTINGS } from '../../config/settings.ts';
import type { Io } from '../io.ts';
import { addStoreOptions } from '../store-options.ts';

const HELP = `
Looks at every file below _catalog/ in the store: checksums, whether name and dataset id belong to the
key, versions, what cut-off work has left behind. Changes nothing. On s3:// the service may go on; a
directory is for one process, so stop the service first.

With --objects it also asks for each data object of each live dataset whether it is there with its size
and etag: s3://bucket/key by HEAD, file:///path, and relative keys below --data-root. What it cannot look
up it counts as not checkable, with the reason; that is no problem.

Exit code 0: sound, though there may be leftovers. 8: there are problems.

Examples:
  $ catalogd verify --store file:/var/lib/catalogd
  $ catalogd verify --store 's3://lake/prod?region=eu-central-1' --objects
  $ catalogd verify --json | jq '.findings[] | select(.severity == "problem")'`;

/** Declares `catalogd verify`. */
export function verifyCommand(program: Command, io: Io, setExitCode: (code: number) => void): void {
  addStoreOptions(
    program
      .command('verify')
      .summary('check the files of a catalog')
      .description('Checks the files of a catalog in its store, and says what is wrong with which.')
      .option('--objects', 'also ask whether the data objects are there; see below')
      .option(
        '--data-server <options>',
        "the server of data objects in S3: endpoint=URL&region=NAME&path_style=true (default: the store's, if that is s3://)",
      ),
    { dataRoot: SETTINGS.dataRoot },
  )
    .addHelpText('after', HELP)
    .action(async (flags) => {
      const { verify } = await import('../actions/verify.ts');
      setExitCode(await verify(flags, io));
    });
}
