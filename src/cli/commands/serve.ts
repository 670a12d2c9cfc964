import type { Command } from 'commander';
import { SETTINGS } from '../../config/settings.ts';
import type { Io } from '../io.ts';
import { addServiceOptions } from '../setting-options.ts';

const HELP = `
Stores:
  file:DIR                     a directory of this machine, used by one process at a time
  s3://BUCKET/PREFIX?OPTIONS   S3 or compatible; options: endpoint=URL, region=NAME, path_style=true;
                               credentials as the AWS tools find them (environment, profile, role)
  memory:                      nothing is kept: for tests

Several replicas may run on one s3:// store. At start the store has to prove that it honours conditional
writes; if it does not, the service refuses to run on it, except with --exclusive. Then no other replica
may run on that store, and a write whose outcome was unknown may land late and undo a later one.

Where other machines may reach it, it listens with TLS and authentication only, unless --insecure is said.
Callers are told apart by bearer tokens (--tokens, --oidc-*) and client certificates (--tls-client-ca), and
may do what --policy grants them; docs/security.md has the files.

The service listens at once and answers UNAVAILABLE (reason NOT_READY) until the catalog is loaded. If
one manifest cannot be read it does not serve at all: it names every bad one and exits with code 8. With
--quarantine it serves the others: calls on the bad ones fail (DATA_LOSS) until they are restored.
SIGTERM and SIGINT make it say not ready at once, serve on for --shutdown-delay, finish what is in flight
within --drain-timeout, and exit with code 0; a second one exits at once.

Examples:
  $ catalogd serve
  $ catalogd serve --store file:/var/lib/catalogd --tls-cert tls.crt --tls-key tls.key
  $ catalogd serve --tokens tokens --policy policy.yaml
  $ catalogd serve --store 's3://lake/prod?region=eu-central-1'
  $ catalogd serve --config /etc/catalogd/catalogd.yaml
  $ CATALOGD_STORE=memory: catalogd serve --log-level debug`;

/** Declares `catalogd serve`. */
export function serveCommand(program: Command, io: Io, setExitCode: (code: number) => void): void {
  addServiceOptions(
    program
      .command('serve')
      .summary('run the service')
      .description(
        'Runs the catalog as a service: gRPC, gRPC-Web and Connect on one port. The manifests are kept as Parquet files in the store; there is no database.',
      ),
    SETTINGS,
  )
    .addHelpText('after', HELP)
    .action(async (flags) => {
      const { serve } = await import('../actions/serve.ts');
      setExitCode(await serve(flags, io));
    });
}
