import { create } from '@bufbuild/protobuf';
import {
  RegisterManifestRequestSchema,
  type RegisterManifestResponse,
  RegisterManifestResponseSchema,
} from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { withClient } from '../connection.ts';
import { type Io, writeOut } from '../io.ts';
import { escapeText } from '../output/escape.ts';
import { messageLine } from '../output/json.ts';
import { formatBytes, renderManifest } from '../output/manifest.ts';
import { renderRequest } from '../output/request.ts';
import { type PreparedRequest, type RegisterFlags, registerRequest } from '../register-request.ts';

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
      : render(name, response, flags.validateOnly === true) + renderFooters(prepared),
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
      : renderRequest(request) + renderFooters(prepared),
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

function renderFooters({ footers }: PreparedRequest): string {
  if (footers === undefined) return '';
  const { files, bytesRead } = footers;
  const read = formatBytes(BigInt(bytesRead));
  return `\nread ${read} of ${files} ${files === 1 ? 'file' : 'files'}, of which only the footers\n`;
}
