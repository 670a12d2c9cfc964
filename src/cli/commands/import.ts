import type { Command } from 'commander';
import { SETTINGS } from '../../config/settings.ts';
import type { Io } from '../io.ts';
import { addStoreOptions } from '../store-options.ts';

const HELP = `
Reads what \`catalogd export\` printed, and keeps ids, times, versions and recent writes. A name that is
absent is created; one that has this very manifest stays; one that has another manifest is a conflict:
it is reported and stays, and the exit code is 4. To import again changes nothing. On s3:// the service
may go on; a directory is for one process, so stop the service first.

A line may come from another catalog: name, schema_fingerprint and objects are required, dataset_id, times,
version, labels, row_count and schema may be given, and no line frames it. 64-bit numbers may be strings.
  {"name": "sales/orders", "schema_fingerprint": "sha256:ab12", "objects": [{"key": "s3://lake/a.parquet", "size_bytes": 1024}]}

Examples:
  $ catalogd import catalog.ndjson --store 's3://lake/prod?region=eu-central-1' --dry-run
  $ zstd -dc catalog.ndjson.zst | catalogd import --store file:/var/lib/catalogd
  $ jq -c 'select(.name == "sales/orders")' catalog.ndjson | catalogd import --replace`;

/** Declares `catalogd import`. */
export function importCommand(program: Command, io: Io, setExitCode: (code: number) => void): void {
  addStoreOptions(
    program
      .command('import')
      .summary('put exported manifests into a catalog')
      .description(
        'Puts manifests, one a line as JSON, straight into the store of a catalog: from a backup, or from another catalog.',
      )
      .argument('[file]', 'the lines; - is standard input', '-')
      .option(
        '--replace',
        'replace what is damaged or of a lower version, rather than to report a conflict',
      )
      .option('--dry-run', 'report what would be done, and write nothing'),
    { dataRoot: SETTINGS.dataRoot, exclusive: SETTINGS.exclusive },
  )
    .addHelpText('after', HELP)
    .action(async (file: string, flags) => {
      const { importManifests } = await import('../actions/import.ts');
      setExitCode(await importManifests(file, flags, io));
    });
}
