import { escapeText } from './escape.ts';

/** A column; the last of a table takes what does not align, such as names. */
export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/**
 * Renders rows page by page. The widths are those of the widest cell so far, so a listing of any length
 * needs no more memory than a page; the title line comes with the first page.
 */
export class Table {
  readonly #columns: readonly Column[];
  readonly #widths: number[];
  #titled = false;

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
    this.#widths = columns.map((column) => column.title.length);
  }

  /** One line per row, each with its line feed. Cells are escaped. */
  render(rows: readonly (readonly string[])[]): string {
    const safe = rows.map((row) => row.map(escapeText));
    for (const row of safe) {
      row.forEach((cell, i) => {
        this.#widths[i] = Math.max(this.#widths[i] ?? 0, cell.length);
      });
    }
    const titles = this.#titled ? [] : [this.#columns.map((column) => column.title)];
    this.#titled = true;
    return [...titles, ...safe].map((row) => this.#line(row)).join('');
  }

  #line(row: readonly string[]): string {
    const cells = row.map((cell, i) =>
      this.#columns[i]?.align === 'right'
        ? cell.padStart(this.#widths[i] ?? 0)
        : cell.padEnd(this.#widths[i] ?? 0),
    );
    return `${cells.join('  ').trimEnd()}\n`;
  }
}

/** Renders `label  value` lines, the values aligned. Values are escaped. */
export function renderFields(fields: readonly (readonly [label: string, value: string])[]): string {
  const width = Math.max(...fields.map(([label]) => label.length));
  return fields
    .map(([label, value]) => `${`${label.padEnd(width)}  ${escapeText(value)}`.trimEnd()}\n`)
    .join('');
}
