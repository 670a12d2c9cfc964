/**
 * Runs one SQL statement in DuckDB and prints the rows, one JSON value a line: for trying out
 * queries over a catalog from a checkout, where no DuckDB is installed.
 *
 *   npm run -s sql -- "SELECT ..."
 */
import { DuckDBInstance } from '@duckdb/node-api';

const connection = await (await DuckDBInstance.create(':memory:')).connect();
const reader = await connection.runAndReadAll(process.argv.slice(2).join(' '));
for (const row of reader.getRowObjectsJson()) console.log(JSON.stringify(row));
connection.closeSync();
