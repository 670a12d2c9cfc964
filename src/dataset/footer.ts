import type { SchemaElement } from 'hyparquet';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { FileProblem } from './errors.ts';
import { schemaFingerprint } from './fingerprint.ts';
import { schemaElement, type ThriftStruct } from './footer-schema.ts';
import { MAX_ROWS } from './max-rows.ts';

/** What the footer of a Parquet file says. */
export interface ParquetFooter {
  /** Sum over the row groups: what a reader of the file gets. 0 or more. */
  readonly rowCount: bigint;
  /** Depth first, the root first, as in the file. */
  readonly schema: readonly SchemaElement[];
  readonly schemaFingerprint: string;
}

/**
 * Parses a footer. A crafted one can take hours, all memory and the whole process with it: what comes
 * from strangers goes through a {@link FooterParser}.
 *
 * @param bytes the FileMetaData in Thrift's compact protocol, without length and magic number.
 * @throws {FileProblem} if it is damaged or its schema is against the rules.
 */
export function parseFooter(bytes: Uint8Array): ParquetFooter {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const metadata: ThriftStruct = deserializeTCompactProtocol({ view, offset: 0 });
    const schema = structs(metadata.field_2, 'schema').map(schemaElement);
    const rowCount = structs(metadata.field_4, 'row groups').reduce(
      (sum, rowGroup) => sum + rowsOf(rowGroup),
      0n,
    );
    if (rowCount > MAX_ROWS) throw new Error(`its row groups say that they have ${rowCount} rows`);
    return { rowCount, schema, schemaFingerprint: schemaFingerprint(schema) };
  } catch (cause) {
    throw new FileProblem(`has a damaged footer: ${(cause as Error).message}`, { cause });
  }
}

function structs(value: unknown, what: string): readonly ThriftStruct[] {
  if (!Array.isArray(value)) throw new Error(`it has no list of ${what}`);
  if (value.some((item) => typeof item !== 'object')) {
    throw new Error(`its list of ${what} holds something else`);
  }
  return value;
}

/** `num_rows` of the footer itself is not asked: some writers leave it 0, and readers ignore it. */
function rowsOf(rowGroup: ThriftStruct): bigint {
  const rows = rowGroup.field_3;
  if (typeof rows === 'bigint' && rows >= 0n && rows <= MAX_ROWS) return rows;
  throw new Error(`a row group says that it has ${String(rows)} rows`);
}
