import {CorectlError} from '../../errors.ts';
import {printable} from '../../printable.ts';

/**
 * Turns the operating system's refusal to use a file or folder into a failure that the user can act upon, with the path.
 * Undefined for every other error: those are bugs.
 */
export function systemFailure(error: unknown): CorectlError | undefined {
  const {code = '', path, syscall = 'use'} = error as NodeJS.ErrnoException;
  if (error instanceof Error && syscall === 'uv_cwd') return noWorkingFolder(error);
  const reason = systemReason(code);
  if (!(error instanceof Error) || reason === undefined || path === undefined) return undefined;
  return new CorectlError({
    code: 'file-system',
    message: `cannot ${syscall} ${printable(path)}: ${reason} (${code})`,
    suggestions: [
      'let this user read and write there, or name another folder: CORECTL_HOME holds the settings and the clone, TMPDIR the sandbox',
    ],
    cause: error,
  });
}

/** A shell may stand in a folder that was removed; relative paths mean nothing there. */
function noWorkingFolder(cause: Error): CorectlError {
  return new CorectlError({
    code: 'file-system',
    message: 'the folder that corectl was started in is not there any more, or may not be read',
    suggestions: ['go to a folder that is there (cd), and run the same command again'],
    cause,
  });
}

/** What a code of the operating system means, of those that a user can do something about. */
export const systemReason = (code: string): string | undefined => reasons[code];

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not',
  EPERM: 'the system does not permit it',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  EDQUOT: "the user's quota is used up",
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'this process has too many files open',
  ENXIO: 'nobody reads from it',
  EPIPE: 'its reader is gone',
  ENFILE: 'the system has too many files open',
};
