import { create } from '@bufbuild/protobuf';
import {
  RegisterManifestRequestSchema,
  type RegisterManifestResponse,
  RegisterManifestResponseSchema,
} from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { withClient } from '../connection.ts';
import { type Io, writeOut } from '../io.ts';
import { renderFooters } from '../output/footers.ts';
import { messageLine } from '../output/json.ts';
import { renderManifest } from '../output/manifest.ts';
import { renderOutcome } from '../output/outcome.ts';
import { renderRequest } from '../output/request.ts';
import { type RegisterFlags, registerRequest } from '../register-request.ts';

/** Carries out `catalogd register`. */
export async function register(
  name: string,
  paths: readonly string[],
  flags: RegisterFlags,
  io: Io,
): Promise<void> {
  if (flags.dryRun === true) return dryRun(name, paths, flags, io);
  const source = { flags, env: io.env };
  const { prepared, response } = await withClient(source, async (client) => {
    const prepared = await registerRequest(name, paths, flags, io);
    return { prepared, response: await client.registerManifest(prepared.request) };
  });
  await writeOut(
    io.stdout,
    flags.json === true
      ? messageLine(RegisterManifestResponseSchema, response)
      : render(name, response, flags.validateOnly === true) + renderFooters(prepared.footers),
  );
}

/** Needs no service. */
async function dryRun(
  name: string,
  paths: readonly string[],
  flags: RegisterFlags,
  io: Io,
): Promise<void> {
  const prepared = await registerRequest(name, paths, flags, io);
  const request = create(RegisterManifestRequestSchema, prepared.request);
  await writeOut(
    io.stdout,
    flags.json === true
      ? messageLine(RegisterManifestRequestSchema, request)
      : renderRequest(request) + renderFooters(prepared.footers),
  );
}

function render(name: string, response: RegisterManifestResponse, validateOnly: boolean): string {
  const { existing, manifest } = response;
  const title = renderOutcome(name, existing ? 'updated' : 'created', response, validateOnly);
  return manifest === undefined ? title : `${title}\n${renderManifest(manifest)}`;
}
