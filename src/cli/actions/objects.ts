import { DataObjectSchema } from '../../../gen/catalogd/v1/catalog_pb.ts';
import { withClient } from '../connection.ts';
import { type Io, writeOut } from '../io.ts';
import { messageLine } from '../output/json.ts';
import { OBJECT_COLUMNS, objectRow } from '../output/manifest.ts';
import { Table } from '../output/table.ts';
import { readPageSize } from '../page-size.ts';

interface ObjectsFlags extends Record<string, unknown> {
  readonly pageSize?: string;
  readonly json?: boolean;
}

/** Carries out `catalogd objects`: prints each page as it arrives. */
export async function objects(name: string, flags: ObjectsFlags, io: Io): Promise<void> {
  const pageSize = readPageSize(flags.pageSize);
  const table = new Table(OBJECT_COLUMNS);
  let shown = 0;
  await withClient({ flags, env: io.env }, async (client) => {
    for await (const page of client.objectPages({ name, pageSize })) {
      shown += page.objects.length;
      if (page.objects.length > 0) {
        await writeOut(
          io.stdout,
          flags.json === true
            ? page.objects.map((object) => messageLine(DataObjectSchema, object)).join('')
            : table.render(page.objects.map(objectRow)),
        );
      }
    }
  });
  if (shown === 0 && flags.json !== true) {
    io.stderr.write('no objects\n');
  }
}
