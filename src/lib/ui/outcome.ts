import {formatBytes} from './bytes.ts';
import {formatDuration} from './duration.ts';
import {printable} from '../printable.ts';
import type {DestinationReport, DestinationStatus} from '../promotion/report.ts';

/** A status as people say it. */
export const statusWords: Readonly<Record<DestinationStatus, string>> = {
  promoted: 'promoted',
  'up-to-date': 'up to date',
  conflict: 'conflict',
  failed: 'failed',
  skipped: 'not done',
  'would-promote': 'would promote',
  planned: 'planned',
};

/** How a destination ended, in one line: `promoted in 1.8 s, 11 mounted, 1 copied (10.9 kB), 2 already there`. */
export function outcomeLine(result: DestinationReport): string {
  const status = statusWords[result.status];
  switch (result.status) {
    case 'promoted':
      return [`${status} in ${formatDuration(result.durationMs)}`, ...movements(result)].join(', ');
    case 'would-promote':
      return [status, ...movements(result)].join(', ');
    case 'up-to-date':
    case 'planned':
      return status;
    case 'conflict':
    case 'failed':
    case 'skipped':
      return result.error ? `${status}: ${printable(result.error.message, 1000)}` : status;
  }
}

/** What happens to the blobs: `11 mounted`, `1 copied (10.9 kB)`, `2 already there`; what is none is left out. */
export function movements({status, blobs, bytes}: DestinationReport): string[] {
  const [mounted, copied] = status === 'would-promote' ? ['to mount', 'to copy'] : ['mounted', 'copied'];
  return [
    blobs.mounted > 0 ? `${blobs.mounted} ${mounted}` : '',
    blobs.copied > 0 ? `${blobs.copied} ${copied} (${formatBytes(bytes.copied)})` : '',
    blobs.existing > 0 ? `${blobs.existing} already there` : '',
  ].filter((part) => part !== '');
}
