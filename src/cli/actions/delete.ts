import { DeleteManifestResponseSchema } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { withClient } from '../connection.ts';
import { type Io, writeOut } from '../io.ts';
import { escapeText } from '../output/escape.ts';
import { messageLine } from '../output/json.ts';
import { renderOutcome } from '../output/outcome.ts';
import { readWriteFlags, type WriteFlags } from '../write-options.ts';

interface DeleteFlags extends WriteFlags {
  readonly allowMissing?: boolean;
}

/** Carries out `catalogd delete`. */
export async function deleteDataset(name: string, flags: DeleteFlags, io: Io): Promise<void> {
  const settings = readWriteFlags(flags);
  const allowMissing = flags.allowMissing === true;
  const response = await withClient({ flags, env: io.env }, (client) =>
    client.deleteManifest({ name, allowMissing, ...settings }),
  );
  const text =
    response.version === 0n
      ? `${escapeText(name)}: there is nothing to delete\n`
      : renderOutcome(name, 'deleted', response, settings.validateOnly);
  await writeOut(
    io.stdout,
    flags.json === true ? messageLine(DeleteManifestResponseSchema, response) : text,
  );
}
