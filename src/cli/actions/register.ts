import {
  type RegisterManifestResponse,
  RegisterManifestResponseSchema,
} from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { withClient } from '../connection.ts';
import { type Io, writeOut } from '../io.ts';
import { escapeText } from '../output/escape.ts';
import { messageLine } from '../output/json.ts';
import { renderManifest } from '../output/manifest.ts';
import { type RegisterFlags, registerRequest } from '../register-request.ts';

/** Carries out `catalogd register`. */
export async function register(
  name: string,
  files: readonly string[],
  flags: RegisterFlags,
  io: Io,
): Promise<void> {
  const response = await withClient({ flags, env: io.env }, async (client) =>
    client.registerManifest(await registerRequest(name, files, flags, io)),
  );
  await writeOut(
    io.stdout,
    flags.json === true
      ? messageLine(RegisterManifestResponseSchema, response)
      : render(name, response, flags.validateOnly === true),
  );
}

function render(name: string, response: RegisterManifestResponse, validateOnly: boolean): string {
  const { existing, replayed, version, manifest } = response;
  const done = existing ? 'updated' : 'created';
  const wouldBe = existing ? 'would be updated' : 'would be created';
  const outcome = validateOnly ? `valid, ${wouldBe}` : done;
  const replay = replayed ? ', by an earlier call with this request id' : '';
  const title = `${escapeText(name)}: ${outcome} at version ${version}${replay}\n`;
  return manifest === undefined ? title : `${title}\n${renderManifest(manifest)}`;
}
