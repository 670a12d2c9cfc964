import type { ColumnMetaData } from 'hyparquet';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { CorruptManifestError } from './errors.ts';

/** What the page header of the Parquet format says of a page as it is written here. */
const DATA_PAGE_V2 = 3;
const PLAIN = 0;

/**
 * Where the values of a required BYTE_ARRAY column are in a file, if they are one uncompressed page of plain
 * values: each is its length in four bytes, and then its bytes. So they need not be taken out of the file at
 * all, and a reader of all of Parquet does that in three copies.
 *
 * @returns the place of each value, and behind the last value the end of it plus four.
 * @throws {CorruptManifestError} if the column is anything else.
 */
export function plainPlaces(file: Buffer, column: ColumnMetaData, count: number): Uint32Array {
  const from = Number(column.data_page_offset);
  const end = from + Number(column.total_compressed_size);
  if (column.codec !== 'UNCOMPRESSED' || !(from >= 0 && from < end && end <= file.length)) {
    throw new CorruptManifestError('a column of the checkpoint is not as it is written here');
  }
  const view = new DataView(file.buffer, file.byteOffset + from, end - from);
  const reader = { view, offset: 0 };
  const { field_1: type, field_8: data } = deserializeTCompactProtocol(reader);
  if (type !== DATA_PAGE_V2 || data?.field_4 !== PLAIN || data.field_1 !== count) {
    throw new CorruptManifestError('a page of the checkpoint is not as it is written here');
  }
  const places = new Uint32Array(count + 1);
  let at = reader.offset + 4;
  for (let i = 0; i < count; i++) {
    places[i] = from + at;
    // Throws a RangeError beyond the end.
    at += view.getUint32(at - 4, true) + 4;
  }
  places[count] = from + at;
  if (at !== view.byteLength + 4) {
    throw new CorruptManifestError('a page of the checkpoint is longer or shorter than its values');
  }
  return places;
}
