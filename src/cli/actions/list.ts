import { ManifestSchema, ManifestView } from '../../../gen/catalogd/v1/catalog_pb.ts';
import { withClient } from '../connection.ts';
import { readInteger } from '../integer.ts';
import { type Io, writeOut } from '../io.ts';
import { messageLine } from '../output/json.ts';
import { MANIFEST_COLUMNS, manifestRow } from '../output/manifest.ts';
import { Table } from '../output/table.ts';
import { readPageSize } from '../page-size.ts';
import { UsageError } from '../usage-error.ts';
import { readView } from '../view.ts';

interface ListFlags extends Record<string, unknown> {
  readonly prefix?: string;
  readonly limit?: string;
  readonly pageSize?: string;
  readonly json?: boolean;
}

/** Carries out `catalogd list`: prints each page as it arrives. */
export async function list(flags: ListFlags, io: Io): Promise<void> {
  const view = readView(flags.view, 'basic');
  if (view === 'full' && flags.json !== true) {
    throw new UsageError('--view full: only --json shows the objects; add --json, or use basic');
  }
  let left = readLimit(flags.limit);
  const pageSize = readPageSize(flags.pageSize);
  const table = new Table(MANIFEST_COLUMNS);
  let shown = 0;

  await withClient({ flags, env: io.env }, async (client) => {
    const pages = client.manifestPages({
      prefix: flags.prefix ?? '',
      pageSize: Math.min(left, pageSize),
      view: view === 'basic' ? ManifestView.BASIC : ManifestView.FULL,
    });
    for await (const page of pages) {
      const manifests = page.manifests.slice(0, left);
      left -= manifests.length;
      shown += manifests.length;
      if (manifests.length > 0) {
        await writeOut(
          io.stdout,
          flags.json === true
            ? manifests.map((manifest) => messageLine(ManifestSchema, manifest)).join('')
            : table.render(manifests.map(manifestRow)),
        );
      }
      if (left === 0) {
        break;
      }
    }
  });
  if (shown === 0 && flags.json !== true) {
    io.stderr.write('no datasets\n');
  }
}

/** Infinity if there is none. */
function readLimit(text: string | undefined): number {
  return text === undefined
    ? Number.POSITIVE_INFINITY
    : Number(readInteger('--limit', text, 1n, BigInt(Number.MAX_SAFE_INTEGER)));
}
