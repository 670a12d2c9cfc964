import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { addStoreOptions } from '../store-options.ts';

const HELP = `
Prints one manifest a line, with all that its file holds: deleted datasets and recent writes too. The
first and the last line frame it: without the last one an export is not complete, and \`catalogd import\`
says so. Each manifest is as it was at some moment; the whole is no snapshot. On s3:// the service may go
on; a directory is for one process, so stop the service first.

A manifest that cannot be read keeps the export from being complete: exit code 8. So it does with
--skip-damaged, but then the export of the others is complete.

Examples:
  $ catalogd export --store file:/var/lib/catalogd > catalog.ndjson
  $ catalogd export --store s3://lake/prod | zstd > catalog.ndjson.zst
  $ catalogd export --prefix sales/ | jq -r .name`;

/** Declares `catalogd export`. */
export function exportCommand(program: Command, io: Io, setExitCode: (code: number) => void): void {
  addStoreOptions(
    program
      .command('export')
      .summary('print all manifests, for a backup')
      .description(
        'Prints the manifests of a catalog as JSON, one a line, in the byte order of their names, straight from its store.',
      )
      .option('--prefix <prefix>', 'only names that begin with this')
      .option('--skip-damaged', 'leave out what cannot be exported'),
  )
    .addHelpText('after', HELP)
    .action(async (flags) => {
      const { exportManifests } = await import('../actions/export.ts');
      setExitCode(await exportManifests(flags, io));
    });
}
