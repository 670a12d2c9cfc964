import { parquetMetadata, type RowGroup } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { asciiBytes } from './ascii.ts';
import { CorruptManifestError } from './errors.ts';
import { plainPlaces } from './plain-column.ts';
import { bytes, flattenSchema, text } from './schema.ts';
import { SEAL_KEY, seal, UNSEALED, verifySealAside } from './seal.ts';

/** What a checkpoint keeps of one manifest file. */
export interface CheckpointRow {
  readonly name: string;
  /** The store's etag of the file that the entry was made of. */
  readonly storeEtag: string;
  /** The entry, in a form which is the business of who writes and reads it. */
  readonly entry: Uint8Array;
}

/** Where a checkpoint comes from: it is good only for who says the same. */
export interface CheckpointOrigin {
  /** The form of the entries. */
  readonly format: string;
  /** The store whose manifests they are. */
  readonly store: string;
}

/** The checkpoint is whole, but of another store or another version of catalogd. */
export class ForeignCheckpointError extends Error {
  override name = 'ForeignCheckpointError';
}

const FORMAT_KEY = 'catalogd.checkpoint.format';
const STORE_KEY = 'catalogd.checkpoint.store';

/** Flat columns, for one nested like a manifest takes ten times as long to read. */
const COLUMNS = [text('name', 1), text('store_etag', 2), bytes('entry', 3)];
/** One page per column chunk: what is read is then found by one header. */
const ONE_PAGE = 2 ** 31;

/** Room for a file as large as they mostly are: growing to it would take an eighth of the time to write it. */
const ROOM_BYTES = 5 << 20;

/** Writes a file of a checkpoint, a row group at a time, so that others get their turn in between. */
export class CheckpointFile {
  readonly #bytes = new ByteWriter(ROOM_BYTES);
  readonly #writer: ParquetWriter;
  #rows = 0;

  constructor({ format, store }: CheckpointOrigin) {
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: flattenSchema(COLUMNS, 'checkpoint'),
      statistics: false,
      createdBy: 'catalogd',
      kvMetadata: [
        { key: FORMAT_KEY, value: format },
        { key: STORE_KEY, value: store },
        // Behind all that others may choose: that is how it is found.
        { key: SEAL_KEY, value: UNSEALED },
      ],
    });
  }

  /** Number of rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes so far. */
  get byteLength(): number {
    return this.#bytes.offset;
  }

  /** Adds one row group, of at least one row. */
  add(rows: readonly CheckpointRow[]): void {
    this.#rows += rows.length;
    // Never a promise: the writer beneath has everything in memory.
    void this.#writer.write({
      // The writer goes by position: the order of the schema is a must.
      columnData: [
        { name: 'name', data: asciiBytes(rows.map(({ name }) => name)), ...AS_IT_IS },
        { name: 'store_etag', data: asciiBytes(rows.map((row) => row.storeEtag)), ...AS_IT_IS },
        { name: 'entry', data: rows.map(({ entry }) => entry), ...AS_IT_IS },
      ],
      rowGroupSize: rows.length,
      pageSize: ONE_PAGE,
    });
  }

  /** The whole file, sealed. */
  finish(): Uint8Array {
    void this.#writer.finish();
    const file = this.#bytes.getBytes();
    seal(file);
    return file;
  }
}

/** To compress hashes is a waste, and what need not be decompressed need not be copied: entries are used where they stand. */
const AS_IT_IS = { encoding: 'PLAIN', codec: 'UNCOMPRESSED' } as const;

/** A row in the bytes of a file. */
export interface PlacedRow {
  readonly name: string;
  readonly storeEtag: string;
  /** Where the entry begins. */
  readonly at: number;
  readonly length: number;
}

/**
 * Reads a file of a checkpoint. Its seal is verified before anything is parsed.
 *
 * @param file the whole file. The digest in it is changed; the entries stay where they are.
 * @returns its rows, in the order in which they were added.
 * @throws {CorruptManifestError} if it is damaged, or no checkpoint.
 * @throws {ForeignCheckpointError} if it is of another origin.
 */
export async function decodeCheckpoint(
  file: Buffer<ArrayBuffer>,
  origin: CheckpointOrigin,
): Promise<Iterable<PlacedRow>> {
  await verifySealAside(file);
  const metadata = parquetMetadata(file, { geoparquet: false });
  const said = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value]));
  check('form', said.get(FORMAT_KEY), origin.format);
  check('store', said.get(STORE_KEY), origin.store);
  return rowsOf(
    file,
    metadata.row_groups.map((group) => placesOf(file, group)),
  );
}

function check(what: string, found: string | undefined, wanted: string): void {
  if (found === wanted) return;
  throw new ForeignCheckpointError(
    `it is of another ${what}: ${JSON.stringify(found ?? '')}, not ${JSON.stringify(wanted)}`,
  );
}

/** Where the values of each column are. */
function placesOf(file: Buffer, { columns, num_rows }: RowGroup): readonly Uint32Array[] {
  return COLUMNS.map((_, i) => {
    const column = columns[i]?.meta_data;
    if (column === undefined) throw new CorruptManifestError('the checkpoint lacks a column');
    return plainPlaces(file, column, Number(num_rows));
  });
}

function* rowsOf(file: Buffer, groups: readonly (readonly Uint32Array[])[]): Generator<PlacedRow> {
  for (const [names, etags, entries] of groups as [Uint32Array, Uint32Array, Uint32Array][]) {
    for (let i = 0; i + 1 < names.length; i++) {
      const at = entries[i] as number;
      yield {
        name: textAt(file, names, i),
        storeEtag: textAt(file, etags, i),
        at,
        length: (entries[i + 1] as number) - 4 - at,
      };
    }
  }
}

function textAt(file: Buffer, places: Uint32Array, i: number): string {
  return file.toString('utf8', places[i], (places[i + 1] as number) - 4);
}
