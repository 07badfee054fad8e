import {ociError} from '../oci-error.ts';
import {printable} from '../printable.ts';
import {codeOf} from '../system-error.ts';

/** What the file system's refusals mean for whoever reads or writes a layout; all others are told as they are. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: 'give the user that corectl runs as the right to read and write there',
  EPERM: 'give the user that corectl runs as the right to read and write there',
  EROFS: 'mount it so that it can be written to, or choose another folder',
};

const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'make room there, then run the same command again: it goes on where it stopped',
  EDQUOT: 'make room there, then run the same command again: it goes on where it stopped',
  ENOTDIR: 'something else stands where a folder is to be: choose another folder, or remove it',
  EIO: 'the disk may be broken or gone: check it, then run the same command again',
};

/** The file system's error with what was being done; everything else as it is. */
export function fileError(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const code = codeOf(error) ?? '';
  const message = `${what}: ${printable(error.message, 300)}`;
  const refusal = refusals[code];
  if (refusal !== undefined) return ociError('denied', message, {suggestions: [refusal], cause: error});
  const next = advice[code] ?? 'check the folder and its disk, then run the same command again';
  return ociError('file-error', message, {suggestions: [next], cause: error});
}
