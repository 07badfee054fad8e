import type {StatusReport} from '../../status/report.ts';
import {renderStatus} from './status-table.ts';

/** The forms in which images along the path are shown. */
export const statusOutputs = ['text', 'html', 'svg'] as const;
export type StatusOutput = (typeof statusOutputs)[number];

/** Where images are, in one of these forms; the page and the picture are loaded only when they are wanted. */
export async function statusAs(
  output: StatusOutput,
  report: StatusReport,
  {now, width}: {readonly now: number; readonly width: number | undefined},
): Promise<string> {
  switch (output) {
    case 'text':
      return renderStatus(report, {now, width});
    case 'html':
      return (await import('./status-page.ts')).statusPage(report, now);
    case 'svg':
      return (await import('./status-picture.ts')).statusPicture(report, now);
  }
}

/** Each failure once, however many images it concerns. */
export function failuresIn({images, error}: StatusReport): NonNullable<StatusReport['error']>[] {
  const all = [error, ...images.flatMap(({cells}) => cells.map((cell) => cell.error))];
  const found = all.filter((one) => one !== null);
  return [...new Map(found.map((one) => [one.message, one])).values()];
}
