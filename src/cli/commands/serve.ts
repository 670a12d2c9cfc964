import type { Command } from 'commander';
import type { Io } from '../io.ts';

const HELP = `
Stores:
  file:DIR                     a directory of this machine, used by one process at a time
  s3://BUCKET/PREFIX?OPTIONS   S3 or compatible; options: endpoint=URL, region=NAME, path_style=true;
                               credentials as the AWS tools find them (environment, profile, role)
  memory:                      nothing is kept: for tests

Several replicas may run on one s3:// store. At start the store has to prove that it honours conditional
writes; if it does not, the service refuses to run on it, except with --exclusive. Then no other replica
may run on that store, and a write whose outcome was unknown may land late and undo a later one.

The service listens at once and answers UNAVAILABLE (reason NOT_READY) until the catalog is loaded. If
one manifest cannot be read it does not serve at all: it names every bad one and exits with code 8. With
--quarantine it serves the others: calls on the bad ones fail (DATA_LOSS) until they are restored.
SIGTERM and SIGINT finish what is in flight and exit with code 0; a second one exits at once.

Examples:
  $ catalogd serve
  $ catalogd serve --store file:/var/lib/catalogd --listen 0.0.0.0:7070
  $ catalogd serve --store 's3://lake/prod?region=eu-central-1'
  $ CATALOGD_STORE=memory: catalogd serve --log-level debug`;

/** Declares `catalogd serve`. */
export function serveCommand(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('serve')
    .summary('run the service')
    .description(
      'Runs the catalog as a service: gRPC, gRPC-Web and Connect on one port. The manifests are kept as Parquet files in the store; there is no database.',
    )
    .option(
      '--store <url>',
      'where the catalog is kept (env: CATALOGD_STORE, default: file:./catalogd-data)',
    )
    .option(
      '--listen <host:port>',
      'where to listen; port 0 takes a free one (env: CATALOGD_LISTEN, default: 127.0.0.1:7070)',
    )
    .option(
      '--data-root <uri>',
      'what object keys that are no URIs are relative to, such as s3://lake/data (env: CATALOGD_DATA_ROOT)',
    )
    .option(
      '--exclusive',
      'for a store without conditional writes: this replica alone, and see below (env: CATALOGD_EXCLUSIVE, default: false)',
    )
    .option(
      '--quarantine',
      'serve even if some manifests cannot be read: calls on those fail (env: CATALOGD_QUARANTINE, default: false)',
    )
    .option(
      '--refresh-interval <duration>',
      'how often to look for what other replicas wrote, at most (env: CATALOGD_REFRESH_INTERVAL, default: 2s)',
    )
    .option(
      '--tombstone-retention <duration>',
      "how long deleted datasets can be undeleted, by the store's clock, such as 30d; then they are purged (env: CATALOGD_TOMBSTONE_RETENTION, default: until they are purged by a call)",
    )
    .option(
      '--drain-timeout <duration>',
      'how long calls in flight may take to finish at the end (env: CATALOGD_DRAIN_TIMEOUT, default: 10s)',
    )
    .option(
      '--start-timeout <duration>',
      'how long to go on trying to load the catalog (env: CATALOGD_START_TIMEOUT, default: 5m)',
    )
    .option(
      '--log-level <level>',
      'fatal, error, warn, info, debug, trace or silent; JSON on standard error (env: CATALOGD_LOG_LEVEL, default: info)',
    )
    .addHelpText('after', HELP)
    .action(async (flags) => {
      const { serve } = await import('../actions/serve.ts');
      setExitCode(await serve(flags, io));
    });
}
