import { manifestKey } from '../catalog/name.ts';
import { reservedKeys } from '../catalog/object-key.ts';
import type { Runtime } from '../catalog/runtime.ts';
import type { Store } from '../store/store.ts';
import { MAX_LINE_BYTES, type ManifestLine, manifestLines, onLine } from './export-format.ts';
import { checkFile, checkName, completed } from './import-record.ts';
import { mapInOrder } from './in-order.ts';
import { LineError, readLines } from './lines.ts';
import { manifestFromJson } from './manifest-json.ts';
import type { Patience } from './patience.ts';
import { ManifestPlacer, type PlaceOptions } from './place-manifest.ts';

/** What an import works with. */
export interface ImportParts {
  readonly store: Store;
  readonly patience: Patience;
  readonly runtime: Pick<Runtime, 'now' | 'uuid'>;
  /** The absolute URI which relative keys of data objects are resolved against; default: the store's. */
  readonly dataRoot?: string | undefined;
}

/** A manifest that was not imported, for the catalog has another one of that name. */
export interface Conflict {
  readonly line: number;
  readonly name: string;
  readonly problem: string;
}

/** What an import came to; with a dry run, what it would come to. */
export interface ImportReport {
  /** Names that were absent. */
  readonly created: number;
  /** Names whose older or damaged manifest was replaced. */
  readonly replaced: number;
  readonly unchanged: number;
  /** Names whose manifest in the catalog is another one and stays. */
  readonly conflicting: number;
  /** The first 10,000 of them. */
  readonly conflicts: readonly Conflict[];
}

/** A line is at fault. What comes before it has been imported; to import that again changes nothing. */
export class ImportError extends Error {
  override name = 'ImportError';
  readonly line: number;
  readonly report: ImportReport;

  constructor(cause: LineError, report: ImportReport) {
    const { created, replaced, unchanged, conflicting } = report;
    super(
      `${cause.message}\nuntil then: ${created} created, ${replaced} replaced, ${unchanged} unchanged, ${conflicting} conflicting; correct the line and import all again, which changes nothing of those`,
      { cause },
    );
    this.line = cause.line;
    this.report = report;
  }
}

const CONCURRENCY = 16;
/** Bytes of lines in memory at once; parsed and encoded they take several times as much. */
const MAX_WEIGHT = 16 * 1024 * 1024;
const MAX_CONFLICTS = 10_000;

/**
 * Puts the manifests of an export into a catalog, whole: with their ids, times, versions and recent
 * writes. Idempotent. Each name by itself, on condition that nobody else writes it meanwhile.
 *
 * @param input NDJSON: an export, or manifests of another catalog, one a line.
 * @throws {ImportError} at the first line that is at fault.
 * @throws {StoreUnavailableError} {@link OutcomeUnknownError} if the store does not answer.
 */
export async function importCatalog(
  { store, patience, runtime, dataRoot }: ImportParts,
  input: AsyncIterable<Uint8Array>,
  options: PlaceOptions,
): Promise<ImportReport> {
  const isReserved = reservedKeys({
    store: store.rootUri,
    aliases: store.rootAliases,
    data: dataRoot,
  });
  const placer = new ManifestPlacer(store, patience, options);
  const lineOfName = new Map<string, number>();
  const place = async ({ number, value }: ManifestLine) => {
    const { record, file } = onLine(number, () => {
      const record = manifestFromJson(value);
      checkName(record);
      const file = completed(record, runtime);
      checkFile(file, isReserved);
      return { record, file };
    });
    const { name } = record;
    const first = lineOfName.get(name);
    if (first !== undefined) {
      throw new LineError(number, `${JSON.stringify(name)} stands in line ${first} already`);
    }
    lineOfName.set(name, number);
    return { number, name, placed: await placer.place(manifestKey(name), record, file) };
  };
  const counts = { created: 0, replaced: 0, unchanged: 0, conflicting: 0 };
  const conflicts: Conflict[] = [];
  const bounds = {
    concurrency: CONCURRENCY,
    weigh: ({ size }: ManifestLine) => size,
    maxWeight: MAX_WEIGHT,
  };
  const lines = manifestLines(readLines(input, MAX_LINE_BYTES));
  try {
    for await (const { number, name, placed } of mapInOrder(lines, bounds, place)) {
      counts[placed.kind]++;
      if (placed.kind === 'conflicting' && conflicts.length < MAX_CONFLICTS) {
        conflicts.push({ line: number, name, problem: placed.problem });
      }
    }
  } catch (error) {
    throw error instanceof LineError ? new ImportError(error, { ...counts, conflicts }) : error;
  }
  return { ...counts, conflicts };
}
