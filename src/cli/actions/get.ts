import { type Manifest, ManifestSchema } from '../../../gen/catalogd/v1/catalog_pb.ts';
import { withClient } from '../connection.ts';
import { type Io, writeOut } from '../io.ts';
import { messageLine } from '../output/json.ts';
import { OBJECT_COLUMNS, objectRow, renderManifest } from '../output/manifest.ts';
import { Table } from '../output/table.ts';
import { readView } from '../view.ts';

/** Carries out `catalogd get`. */
export async function get(name: string, flags: Record<string, unknown>, io: Io): Promise<void> {
  const view = readView(flags.view, 'full');
  const showDeleted = flags.showDeleted === true;
  const { manifest } = await withClient({ flags, env: io.env }, (client) =>
    client.getManifest({ name, view, showDeleted }),
  );
  if (manifest === undefined) {
    throw new Error('the service answered without a manifest');
  }
  await writeOut(
    io.stdout,
    flags.json === true
      ? messageLine(ManifestSchema, manifest)
      : renderManifest(manifest) + (await below(manifest, flags.view === 'schema')),
  );
}

/** The schema where it was asked for, else the objects. */
async function below(manifest: Manifest, ofSchema: boolean): Promise<string> {
  if (ofSchema) {
    if (manifest.schema === undefined) return '\nno schema is known\n';
    const { renderSchema } = await import('../output/schema.ts');
    return `\n${renderSchema(manifest.schema)}`;
  }
  const objects = manifest.objects.map(objectRow);
  return objects.length === 0 ? '' : `\n${new Table(OBJECT_COLUMNS).render(objects)}`;
}
