import { PurgeManifestResponseSchema } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { withClient } from '../connection.ts';
import { type Io, writeOut } from '../io.ts';
import { escapeText } from '../output/escape.ts';
import { messageLine } from '../output/json.ts';
import { renderOutcome } from '../output/outcome.ts';
import { UsageError } from '../usage-error.ts';
import { readWriteFlags, type WriteFlags } from '../write-options.ts';

interface PurgeFlags extends WriteFlags {
  readonly allowMissing?: boolean;
}

/** Carries out `catalogd purge` by way of the service. */
export async function purge(names: readonly string[], flags: PurgeFlags, io: Io): Promise<void> {
  const [name, another] = names;
  if (name === undefined || another !== undefined) {
    throw new UsageError('give the name of one deleted dataset; --offline takes several');
  }
  const settings = readWriteFlags(flags);
  const allowMissing = flags.allowMissing === true;
  const response = await withClient({ flags, env: io.env }, (client) =>
    client.purgeManifest({ name, allowMissing, ...settings }),
  );
  const text =
    response.version === 0n
      ? `${escapeText(name)}: there is nothing to purge\n`
      : renderOutcome(name, 'purged', response, settings.validateOnly);
  await writeOut(
    io.stdout,
    flags.json === true ? messageLine(PurgeManifestResponseSchema, response) : text,
  );
}
