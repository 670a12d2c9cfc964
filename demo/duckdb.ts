import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type Row, rowsOf, tableOf } from './table.ts';
import { DemoFailure, print } from './terminal.ts';

/** DuckDB in this process, shown in the manner of its own shell. */
export class DuckDb {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** An empty database in memory. */
  static async open(): Promise<DuckDb> {
    return new DuckDb(await (await DuckDBInstance.create(':memory:')).connect());
  }

  /**
   * Shows a statement, runs it, and shows the rows that it gives.
   *
   * @param result whether there are any to show, as with SELECT.
   * @throws {DemoFailure} with what DuckDB says, if it fails.
   */
  async run(sql: string, result: 'rows' | 'none'): Promise<Row[]> {
    const [first, ...rest] = sql.split('\n');
    print([`D ${first}`, ...rest.map((line) => `  ${line}`)].join('\n'));
    const reader = await this.#connection.runAndReadAll(sql).catch((error: unknown) => {
      throw new DemoFailure(`DuckDB: ${error instanceof Error ? error.message : error}`);
    });
    if (result === 'none') return [];
    print(tableOf(reader));
    return rowsOf(reader);
  }

  close(): void {
    this.#connection.closeSync();
  }
}
