import {
  type Manifest,
  ManifestSchema,
  ManifestView,
} from '../../../gen/catalogd/v1/catalog_pb.ts';
import { formatTimestamp } from '../../client/times.ts';
import { withClient } from '../connection.ts';
import { readInteger } from '../integer.ts';
import { type Io, writeOut } from '../io.ts';
import { type FilterFlags, readFilter } from '../list-filter.ts';
import { writeNote } from '../note.ts';
import { messageLine } from '../output/json.ts';
import { MANIFEST_COLUMNS, manifestRow } from '../output/manifest.ts';
import { Table } from '../output/table.ts';
import { readPageSize } from '../page-size.ts';
import { UsageError } from '../usage-error.ts';
import { readView } from '../view.ts';

interface ListFlags extends FilterFlags {
  readonly prefix?: string;
  readonly limit?: string;
  readonly pageSize?: string;
  readonly showDeleted?: boolean;
  readonly json?: boolean;
}

/** Carries out `catalogd list`: prints each page as it arrives. */
export async function list(flags: ListFlags, io: Io): Promise<void> {
  const view = readView(flags.view, 'basic');
  if (view !== ManifestView.BASIC && flags.json !== true) {
    throw new UsageError(
      `--view ${flags.view}: only --json shows that much; add --json, or use basic`,
    );
  }
  let left = readLimit(flags.limit);
  const pageSize = readPageSize(flags.pageSize);
  const showDeleted = flags.showDeleted === true;
  const request = { prefix: flags.prefix ?? '', view, showDeleted, ...readFilter(flags) };
  const render = flags.json === true ? jsonLines : tableRows(showDeleted);
  let shown = 0;

  await withClient({ flags, env: io.env }, async (client) => {
    const pages = client.manifestPages({ ...request, pageSize: Math.min(left, pageSize) });
    for await (const page of pages) {
      const manifests = page.manifests.slice(0, left);
      left -= manifests.length;
      shown += manifests.length;
      if (manifests.length > 0) await writeOut(io.stdout, render(manifests));
      for (const name of page.unreadableNames) {
        writeNote(io, flags, `${name} is not listed: its manifest cannot be read`);
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

function jsonLines(manifests: readonly Manifest[]): string {
  return manifests.map((manifest) => messageLine(ManifestSchema, manifest)).join('');
}

/** Where deleted ones are among them, a column says since when. */
function tableRows(showDeleted: boolean): (manifests: readonly Manifest[]) => string {
  if (!showDeleted) {
    const table = new Table(MANIFEST_COLUMNS);
    return (manifests) => table.render(manifests.map(manifestRow));
  }
  const table = new Table([{ title: 'DELETED', align: 'left' }, ...MANIFEST_COLUMNS]);
  return (manifests) =>
    table.render(
      manifests.map((manifest) => [
        manifest.deletedAt ? formatTimestamp(manifest.deletedAt) : '-',
        ...manifestRow(manifest),
      ]),
    );
}

/** Infinity if there is none. */
function readLimit(text: string | undefined): number {
  return text === undefined
    ? Number.POSITIVE_INFINITY
    : Number(readInteger('--limit', text, 1n, BigInt(Number.MAX_SAFE_INTEGER)));
}
