import type {StatusReport} from '../../status/report.ts';
import {count} from '../count.ts';
import {leftOutLine} from '../left-out.ts';
import {cellWords} from './status-words.ts';
import {renderTable, type TableOptions} from '../tables.ts';

const headings = ['IMAGE', 'STAGE', 'ENVIRONMENT', 'VERSION', 'DIGEST', 'AGE', 'SIZE', 'NOTE'];

export interface StatusOptions extends TableOptions {
  /** Milliseconds of the epoch. */
  readonly now: number;
}

/** Where images are as a table, a line for each environment, and what is the matter in a sentence; the last line ended. */
export function renderStatus(
  {images, leftOut, notes}: StatusReport,
  {now, ...options}: StatusOptions,
): string {
  const rows = images.flatMap(({image, cells}) =>
    cells.map((cell, index) => {
      const {version, letter, digest, age, size, record, note} = cellWords(cell, now);
      const isFirst = cells[index - 1]?.stage !== cell.stage;
      return [
        ...[index === 0 ? image : '', isFirst ? cell.stage : '', cell.environment],
        ...[
          version,
          letter === '' ? '' : `${letter} ${digest}`,
          age,
          size,
          [note, record].filter((one) => one !== '').join(', '),
        ],
      ];
    }),
  );
  const table = rows.length === 0 ? 'The tenant has no images.\n' : renderTable(headings, rows, options);
  return [
    table,
    ...[
      ...(leftOut.length === 0 ? [] : [leftOutLine(leftOut)]),
      ...notes.map((note) => `Not listed: ${note}`),
      ...verdictOf(images),
    ].map((line) => `\n${line}\n`),
  ].join('');
}

function verdictOf(images: StatusReport['images']): string[] {
  const cells = images.flatMap((image) => image.cells);
  const told = [
    [
      cells.filter(({mark}) => mark === 'drift').length,
      'place',
      'drifted: another digest than earlier along the path',
    ],
    [cells.filter(({mark}) => mark === 'gap').length, 'gap', 'where the stage or a later one has the image'],
    [cells.filter(({state}) => state === 'failed').length, 'place', 'failed'],
  ] as const;
  return told.filter(([number]) => number > 0).map(([number, what, why]) => `${count(number, what)} ${why}.`);
}
