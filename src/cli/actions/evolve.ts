import {
  type EvolveSchemaResponse,
  EvolveSchemaResponseSchema,
} from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { SchemaCompatibility } from '../../../gen/catalogd/v1/schema_pb.ts';
import type { CatalogClient } from '../../client/client.ts';
import { withClient } from '../connection.ts';
import { currentFingerprint } from '../current-fingerprint.ts';
import { readDataset } from '../dataset-request.ts';
import { type Io, writeOut } from '../io.ts';
import { writeNote } from '../note.ts';
import type { ObjectFlags } from '../object-options.ts';
import { renderChanges } from '../output/changes.ts';
import { renderFooters } from '../output/footers.ts';
import { messageLine } from '../output/json.ts';
import { renderManifest } from '../output/manifest.ts';
import { renderOutcome } from '../output/outcome.ts';
import { UsageError } from '../usage-error.ts';
import { given, readWriteFlags, type WriteFlags } from '../write-options.ts';

interface EvolveFlags extends ObjectFlags, WriteFlags {
  readonly from?: string;
  readonly compatibility?: string;
  readonly json?: boolean;
}

/** Carries out `catalogd evolve`. */
export async function evolve(
  name: string,
  paths: readonly string[],
  flags: EvolveFlags,
  io: Io,
): Promise<void> {
  const settings = { compatibility: readCompatibility(flags), ...readWriteFlags(flags) };
  const from = given('--from', flags.from);
  const { response, footers } = await withClient({ flags, env: io.env }, async (client) => {
    const fromFingerprint = from || (await readFrom(client, name, flags, io));
    const { dataset, footers } = await readDataset(paths, flags, io);
    const { schemaFingerprint: toFingerprint, ...rest } = dataset;
    const request = { name, fromFingerprint, toFingerprint, ...rest, ...settings };
    return { response: await client.evolveSchema(request), footers };
  });
  await writeOut(
    io.stdout,
    flags.json === true
      ? messageLine(EvolveSchemaResponseSchema, response)
      : render(name, response, settings.validateOnly) + renderFooters(footers),
  );
}

/** The fingerprint that the dataset has now. Told, for a repeated command must name it. */
async function readFrom(
  client: CatalogClient,
  name: string,
  flags: EvolveFlags,
  io: Io,
): Promise<string> {
  const { fingerprint, version } = await currentFingerprint(client, name);
  writeNote(io, flags, `${name} has ${fingerprint} at version ${version}; taken for --from`);
  return fingerprint;
}

function render(name: string, response: EvolveSchemaResponse, validateOnly: boolean): string {
  const parts = [
    renderOutcome(name, 'evolved', response, validateOnly),
    renderChanges(response),
    response.manifest === undefined ? '' : renderManifest(response.manifest),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

const COMPATIBILITIES: Readonly<Record<string, SchemaCompatibility>> = {
  none: SchemaCompatibility.NONE,
  backward: SchemaCompatibility.BACKWARD,
  forward: SchemaCompatibility.FORWARD,
  full: SchemaCompatibility.FULL,
};

function readCompatibility({ compatibility: text = 'none' }: EvolveFlags): SchemaCompatibility {
  const mode = Object.hasOwn(COMPATIBILITIES, text) ? COMPATIBILITIES[text] : undefined;
  if (mode !== undefined) return mode;
  const accepted = Object.keys(COMPATIBILITIES).join(', ');
  throw new UsageError(
    `--compatibility: ${JSON.stringify(text)} is not a mode; accepted: ${accepted}`,
  );
}
