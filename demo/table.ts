import type { DuckDBResultReader } from '@duckdb/node-api';

/** Rows as text; NULL is `NULL`. */
export type Row = Readonly<Record<string, string>>;

/** The rows of a result, by column name. */
export function rowsOf(reader: DuckDBResultReader): Row[] {
  const names = reader.deduplicatedColumnNames();
  return reader
    .getRowsJson()
    .map((row) => Object.fromEntries(names.map((name, i) => [name, text(row[i])])));
}

/** A result as aligned columns below a header. */
export function tableOf(reader: DuckDBResultReader): string {
  return table(reader.deduplicatedColumnNames(), rowsOf(reader));
}

function text(value: unknown): string {
  return value === null || value === undefined ? 'NULL' : String(value);
}

function table(names: readonly string[], rows: readonly Row[]): string {
  const widths = names.map((name) =>
    Math.max(name.length, ...rows.map((row) => row[name]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    line(names),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map((row) => line(names.map((name) => row[name] ?? ''))),
  ].join('\n');
}
