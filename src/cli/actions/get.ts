import { ManifestSchema, ManifestView } from '../../../gen/catalogd/v1/catalog_pb.ts';
import { withClient } from '../connection.ts';
import { type Io, writeOut } from '../io.ts';
import { messageLine } from '../output/json.ts';
import { OBJECT_COLUMNS, objectRow, renderManifest } from '../output/manifest.ts';
import { Table } from '../output/table.ts';
import { readView } from '../view.ts';

/** Carries out `catalogd get`. */
export async function get(name: string, flags: Record<string, unknown>, io: Io): Promise<void> {
  const view = readView(flags.view, 'full');
  const { manifest } = await withClient({ flags, env: io.env }, (client) =>
    client.getManifest({
      name,
      view: view === 'basic' ? ManifestView.BASIC : ManifestView.FULL,
    }),
  );
  if (manifest === undefined) {
    throw new Error('the service answered without a manifest');
  }
  if (flags.json === true) {
    await writeOut(io.stdout, messageLine(ManifestSchema, manifest));
    return;
  }
  const objects = manifest.objects.map(objectRow);
  await writeOut(
    io.stdout,
    renderManifest(manifest) +
      (objects.length === 0 ? '' : `\n${new Table(OBJECT_COLUMNS).render(objects)}`),
  );
}
