import { parquetMetadata, parquetRead } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { CorruptManifestError } from './errors.ts';
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
/** One page per column chunk: the entries of a row group then come in one piece of memory. */
const ONE_PAGE = 2 ** 31;

/** Writes a file of a checkpoint, a row group at a time, so that others get their turn in between. */
export class CheckpointFile {
  readonly #bytes = new ByteWriter(1 << 16);
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
        { name: 'name', data: rows.map(({ name }) => name), encoding: 'PLAIN' },
        { name: 'store_etag', data: rows.map((row) => row.storeEtag), ...AS_IT_IS },
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

/** To compress hashes is a waste, and what need not be decompressed need not be copied. */
const AS_IT_IS = { encoding: 'PLAIN', codec: 'UNCOMPRESSED' } as const;

/**
 * Reads a file of a checkpoint. Its seal is verified before anything is parsed.
 *
 * @param body the whole file; not kept.
 * @returns its rows by row group. The entries of a group are views of one buffer that holds little else.
 * @throws {CorruptManifestError} if it is damaged, or no checkpoint.
 * @throws {ForeignCheckpointError} if it is of another origin.
 */
export async function decodeCheckpoint(
  body: Uint8Array,
  origin: CheckpointOrigin,
): Promise<readonly (readonly CheckpointRow[])[]> {
  // hyparquet wants a buffer of exactly the file.
  const file = new Uint8Array(body);
  await verifySealAside(file);
  const metadata = parquetMetadata(file.buffer, { geoparquet: false });
  const said = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value]));
  check('form', said.get(FORMAT_KEY), origin.format);
  check('store', said.get(STORE_KEY), origin.store);
  const groups = metadata.row_groups.map(() => new Map<string, ArrayLike<unknown>>());
  const starts = [0];
  for (const { num_rows } of metadata.row_groups)
    starts.push((starts.at(-1) ?? 0) + Number(num_rows));
  await parquetRead({
    file: file.buffer,
    metadata,
    geoparquet: false,
    parsers: PARSERS,
    // Bytes that are not said to be text are none.
    utf8: false,
    onChunk: ({ columnName, columnData, rowStart }) => {
      groups[starts.indexOf(rowStart)]?.set(columnName, columnData);
    },
  });
  return groups.map((group, i) => rowsOf(group, (starts[i + 1] ?? 0) - (starts[i] ?? 0)));
}

/** A sealed file has the text that was written. */
const PARSERS = {
  stringFromBytes: (value: Uint8Array) =>
    Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'),
};

function check(what: string, found: string | undefined, wanted: string): void {
  if (found === wanted) return;
  throw new ForeignCheckpointError(
    `it is of another ${what}: ${JSON.stringify(found ?? '')}, not ${JSON.stringify(wanted)}`,
  );
}

function rowsOf(group: ReadonlyMap<string, ArrayLike<unknown>>, count: number): CheckpointRow[] {
  const [names, etags, entries] = COLUMNS.map(({ element }) => group.get(element.name));
  if (names?.length !== count || etags?.length !== count || entries?.length !== count) {
    throw new CorruptManifestError('a row group of the checkpoint lacks a column');
  }
  return Array.from({ length: count }, (_, i) => ({
    name: names[i] as string,
    storeEtag: etags[i] as string,
    entry: entries[i] as Uint8Array,
  }));
}
