import { MANIFEST_PREFIX, MANIFEST_SUFFIX, nameOfKey } from '../catalog/name.ts';
import { compareUtf8 } from '../catalog/text.ts';
import type { Store } from '../store/store.ts';
import { HEADER, MAX_LINE_BYTES, trailer } from './export-format.ts';
import { mapInOrder } from './in-order.ts';
import { type ListedKey, listKeys } from './list-keys.ts';
import { manifestToJson } from './manifest-json.ts';
import type { Patience } from './patience.ts';
import { readManifest } from './read-manifest.ts';
import { nameProblem } from './sanity.ts';

/** What an export works with. */
export interface ExportParts {
  readonly store: Store;
  readonly patience: Patience;
  /** Takes one line with its line feed; the next one waits for it. */
  readonly write: (line: string) => Promise<void>;
}

/** What to export. */
export interface ExportOptions {
  /** Only names that begin with this. */
  readonly prefix: string;
  /** Whether to leave out manifests that cannot be exported, rather than not to complete the export. */
  readonly skipDamaged: boolean;
}

/** A manifest that cannot be exported. */
export interface NotExported {
  readonly key: string;
  readonly problem: string;
}

/** What was exported. */
export interface ExportReport {
  readonly manifests: number;
  /** In the order of their names. */
  readonly skipped: readonly NotExported[];
}

/** Some manifests cannot be exported, so the export has no last line and is no backup. */
export class IncompleteExportError extends Error {
  override name = 'IncompleteExportError';
  readonly bad: readonly NotExported[];

  constructor(bad: readonly NotExported[]) {
    const lines = bad.map(({ key, problem }) => `  ${JSON.stringify(key)}: ${problem}`);
    super(
      [
        `the export is not complete, for ${bad.length} of the manifests cannot be exported:`,
        ...lines,
        'Restore them, or leave them out with --skip-damaged.',
      ].join('\n'),
    );
    this.bad = bad;
  }
}

const CONCURRENCY = 16;
/** Bytes of manifest files in memory at once; as JSON they are several times as large. */
const MAX_WEIGHT = 16 * 1024 * 1024;

/**
 * Writes all manifests, deleted ones included, one a line, in the byte order of their names. Each is
 * as it was at some moment during the export; the whole is no snapshot.
 *
 * @throws {IncompleteExportError} at the end, if there are some that cannot be exported.
 * @throws {StoreUnavailableError} if the store does not answer.
 */
export async function exportCatalog(
  { store, patience, write }: ExportParts,
  { prefix, skipDamaged }: ExportOptions,
): Promise<ExportReport> {
  const listed = await patience.retry(() => listKeys(store, [MANIFEST_PREFIX]));
  const nameOf = ({ key }: ListedKey) => nameOfKey(key) ?? '';
  const keys = listed
    .filter((each) => each.key.endsWith(MANIFEST_SUFFIX) && nameOf(each).startsWith(prefix))
    .sort((a, b) => compareUtf8(nameOf(a), nameOf(b)));
  const bounds = {
    concurrency: CONCURRENCY,
    weigh: ({ sizeBytes }: ListedKey) => sizeBytes,
    maxWeight: MAX_WEIGHT,
  };
  const skipped: NotExported[] = [];
  let manifests = 0;
  const read = async ({ key }: ListedKey) => ({ key, ...(await lineOf(store, key, patience)) });
  await write(lineFrom(HEADER));
  for await (const { key, line, problem } of mapInOrder(keys, bounds, read)) {
    if (problem !== undefined) skipped.push({ key, problem });
    if (line === undefined) continue;
    await write(line);
    manifests++;
  }
  if (skipped.length > 0 && !skipDamaged) throw new IncompleteExportError(skipped);
  await write(lineFrom(trailer(manifests)));
  return { manifests, skipped };
}

/** The line of a manifest, or why there is none; neither if it has been removed meanwhile. */
async function lineOf(
  store: Store,
  key: string,
  patience: Patience,
): Promise<{ line?: string; problem?: string }> {
  // A store need not take such a key, and no import would take the line.
  const problem = nameProblem(nameOfKey(key) ?? '');
  if (problem !== undefined) return { problem };
  const found = await patience.retry(() => readManifest(store, key));
  if (found.kind === 'absent') return {};
  if (found.kind !== 'manifest') return { problem: found.problem };
  if (found.file.readOnly) {
    return { problem: 'a newer catalogd wrote it, and this one does not know all of it: upgrade' };
  }
  try {
    const line = lineFrom(manifestToJson(found.file));
    if (Buffer.byteLength(line) <= MAX_LINE_BYTES) return { line };
    return { problem: `it takes more than ${MAX_LINE_BYTES} bytes as JSON` };
  } catch (error) {
    if (error instanceof RangeError) return { problem: error.message };
    throw error;
  }
}

function lineFrom(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
