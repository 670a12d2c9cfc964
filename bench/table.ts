import type { Row } from './bench.ts';

const HEAD = ['case', 'figure', 'value', 'against', 'its value', 'ratio', 'reach', 'reached'];

/** The rows as a table in Markdown, aligned so that it reads well as it is. */
export function table(rows: readonly Row[]): string {
  const cells = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  const [head, ...body] = cells.map((line) =>
    line.map((cell, i) =>
      isNumber(HEAD[i]) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
    ),
  );
  const rule = HEAD.map((name, i) =>
    isNumber(name) ? `${'-'.repeat((widths[i] ?? 0) - 1)}:` : '-'.repeat(widths[i] ?? 0),
  );
  return [head ?? [], rule, ...body].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function isNumber(column: string | undefined): boolean {
  return column === 'value' || column === 'its value' || column === 'ratio';
}

function cellsOf(row: Row): string[] {
  return [
    row.case,
    row.unit,
    figure(row.value),
    row.against,
    row.baseline === undefined ? '' : figure(row.baseline),
    row.ratio === undefined ? '' : row.ratio.toFixed(2),
    row.reach,
    row.reached === undefined ? '' : row.reached ? 'yes' : '**no**',
  ];
}

/** Three digits that count, and no exponents. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toLocaleString('en', {
    minimumFractionDigits: Math.min(digits, 3),
    maximumFractionDigits: Math.min(digits, 3),
  });
}
