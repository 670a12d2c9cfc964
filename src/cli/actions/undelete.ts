import { UndeleteManifestResponseSchema } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { withClient } from '../connection.ts';
import { type Io, writeOut } from '../io.ts';
import { messageLine } from '../output/json.ts';
import { renderManifest } from '../output/manifest.ts';
import { renderOutcome } from '../output/outcome.ts';
import { readWriteFlags, type WriteFlags } from '../write-options.ts';

/** Carries out `catalogd undelete`. */
export async function undelete(name: string, flags: WriteFlags, io: Io): Promise<void> {
  const settings = readWriteFlags(flags);
  const response = await withClient({ flags, env: io.env }, (client) =>
    client.undeleteManifest({ name, ...settings }),
  );
  const { manifest } = response;
  const title = renderOutcome(name, 'undeleted', response, settings.validateOnly);
  await writeOut(
    io.stdout,
    flags.json === true
      ? messageLine(UndeleteManifestResponseSchema, response)
      : title + (manifest === undefined ? '' : `\n${renderManifest(manifest)}`),
  );
}
