import {
  type UpdateObjectsResponse,
  UpdateObjectsResponseSchema,
} from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { withClient } from '../connection.ts';
import { currentFingerprint } from '../current-fingerprint.ts';
import { type PreparedDataset, readDataset, readRowCount } from '../dataset-request.ts';
import { type Io, writeOut } from '../io.ts';
import type { ObjectFlags } from '../object-options.ts';
import { renderFooters } from '../output/footers.ts';
import { messageLine } from '../output/json.ts';
import { renderManifest } from '../output/manifest.ts';
import { renderOutcome } from '../output/outcome.ts';
import { UsageError } from '../usage-error.ts';
import { given, readWriteFlags, type WriteFlags } from '../write-options.ts';

interface UpdateFlags extends ObjectFlags, WriteFlags {
  readonly remove?: readonly string[];
  readonly json?: boolean;
}

/** Carries out `catalogd update`. */
export async function update(
  name: string,
  paths: readonly string[],
  flags: UpdateFlags,
  io: Io,
): Promise<void> {
  const settings = { ...readRowCount(flags), ...readWriteFlags(flags) };
  const removeKeys = [...(flags.remove ?? [])];
  if (removeKeys.includes('')) throw new UsageError('--remove: must not be empty');
  const { response, footers } = await withClient({ flags, env: io.env }, async (client) => {
    const put = await readPut(paths, flags, io);
    const { schemaFingerprint, objects: putObjects } = put.dataset ?? {
      schemaFingerprint:
        given('--fingerprint', flags.fingerprint) ||
        (await currentFingerprint(client, name)).fingerprint,
      objects: [],
    };
    const request = { name, schemaFingerprint, putObjects, removeKeys, ...settings };
    return { response: await client.updateObjects(request), footers: put.footers };
  });
  await writeOut(
    io.stdout,
    flags.json === true
      ? messageLine(UpdateObjectsResponseSchema, response)
      : render(name, response, settings.validateOnly) + renderFooters(footers),
  );
}

/** The objects to put; none where some are to be removed only. */
async function readPut(
  paths: readonly string[],
  flags: UpdateFlags,
  io: Io,
): Promise<Partial<PreparedDataset>> {
  if (paths.length > 0 || flags.objects !== undefined) {
    // The files' row count is not that of the whole dataset, which --row-count is about.
    const { rowCount: _, ...rest } = flags;
    return readDataset(paths, rest, io);
  }
  if ((flags.remove ?? []).length === 0) {
    throw new UsageError(
      'nothing to update: name Parquet files, folders, globs or s3://bucket/prefix, or give --objects FILE --fingerprint TEXT, or --remove KEY',
    );
  }
  if (flags.relativeTo !== undefined) throw new UsageError('--relative-to: goes with files only');
  return {};
}

function render(name: string, response: UpdateObjectsResponse, validateOnly: boolean): string {
  const title = renderOutcome(name, 'updated', response, validateOnly);
  const { manifest } = response;
  return manifest === undefined ? title : `${title}\n${renderManifest(manifest)}`;
}
