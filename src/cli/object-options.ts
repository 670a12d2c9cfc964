import type { Command } from 'commander';

/** The flags that say which objects a command is about, as commander hands them over. */
export interface ObjectFlags extends Record<string, unknown> {
  readonly objects?: string;
  readonly fingerprint?: string;
  readonly rowCount?: string;
  readonly relativeTo?: string;
  readonly json?: boolean;
}

/** Adds what every command takes that is told of objects, by Parquet files or as JSON. */
export function addObjectOptions(command: Command): Command {
  return command
    .argument('[path...]', 'Parquet files of one schema: files, folders, globs, s3://bucket/prefix')
    .option('--objects <file>', 'read the objects as JSON from a file, or from - (standard input)')
    .option('--fingerprint <text>', "the schema's fingerprint; with --objects only, and required")
    .option(
      '--relative-to <root>',
      'make keys relative to a folder or s3://bucket/prefix, for a service with a --data-root (default: absolute URIs)',
    );
}
