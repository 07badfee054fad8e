import type {StatusCell} from '../../status/report.ts';
import {formatBytes} from '../bytes.ts';

/** What is shown of a cell, wherever it is shown. */
export interface CellWords {
  /** The tag; - for none. */
  readonly version: string;
  /** `A`, equal for equal digests of an image; empty for none. */
  readonly letter: string;
  /** Twelve digits of the digest. */
  readonly digest: string;
  readonly age: string;
  readonly size: string;
  /** Whether it was promoted there by the records: empty where that is not to be said. */
  readonly record: string;
  /** What is the matter, if anything is. */
  readonly note: string;
}

/** A cell in words. `now` is in milliseconds of the epoch. */
export function cellWords(cell: StatusCell, now: number): CellWords {
  const {state, tag, digest, group, created, bytes} = cell;
  return {
    version: digest === null ? '-' : (tag ?? '-'),
    letter: group === null ? '' : letters(group),
    digest: digest?.replace(/^[^:]*:/, '').slice(0, 12) ?? '',
    age: created === null ? '' : formatAge(now - Date.parse(created)),
    size: bytes === null ? '' : formatBytes(bytes),
    record: cell.record ?? '',
    note:
      state === 'failed'
        ? `failed: ${cell.error?.code ?? ''}`
        : state === 'unversioned'
          ? 'no version'
          : (cell.mark ?? ''),
  };
}

/** 1 is A, 26 is Z, 27 is AA. */
function letters(group: number): string {
  const rest = Math.floor((group - 1) / 26);
  return `${rest > 0 ? letters(rest) : ''}${String.fromCharCode(65 + ((group - 1) % 26))}`;
}

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

/** How long ago something was, in its largest unit: `5 min`, `3 h`, `12 d`, `4 mo`, `2 y`. */
function formatAge(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)} h`;
  if (ms < 90 * day) return `${Math.floor(ms / day)} d`;
  return ms < 730 * day ? `${Math.floor(ms / (30.4 * day))} mo` : `${Math.floor(ms / (365.25 * day))} y`;
}
