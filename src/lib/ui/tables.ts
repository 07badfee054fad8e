import {printable} from '../printable.ts';

export interface TableOptions {
  /** The terminal's columns; without it lines may be of any length. */
  readonly width?: number | undefined;
}

/**
 * Rows below their headings, columns aligned, the last line ended. Where a terminal is too narrow for it, each row is a
 * paragraph of `heading: value` lines instead: nothing is cut that someone may want to copy.
 */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  {width}: TableOptions = {},
): string {
  const cells = [headings, ...rows].map((row) => row.map((cell) => printable(cell, 400)));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const total = widths.reduce((sum, one) => sum + one + gap.length, -gap.length);
  // a terminal of 0 columns is none
  if (width && total > width) return paragraphs(cells);
  return cells.map((row) => `${aligned(row, widths)}\n`).join('');
}

const gap = '  ';

const aligned = (row: readonly string[], widths: readonly number[]): string =>
  row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join(gap)
    .trimEnd();

function paragraphs([headings = [], ...rows]: readonly (readonly string[])[]): string {
  const lines = (row: readonly string[]) =>
    row
      .map((cell, column) => [headings[column] ?? '', cell] as const)
      .filter(([, cell]) => cell !== '')
      .map(([heading, cell]) => `${heading.toLowerCase()}: ${cell}\n`);
  return rows.map((row) => lines(row).join('')).join('\n');
}
