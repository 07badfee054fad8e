import {CorectlError} from '../errors.ts';
import {printable} from '../printable.ts';

// errno(3): those that say something about a folder and not about corectl
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'it may not be accessed',
  EDQUOT: 'the quota is used up',
  EEXIST: 'something else is there',
  EFBIG: 'no file may be that large',
  EIO: 'the disk fails',
  EISDIR: 'a folder is in the place of a file',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
  ENFILE: 'too many files are open',
  ENOENT: 'it cannot be made there',
  ENOSPC: 'no space is left on the disk',
  ENOTDIR: 'a file is in the place of a folder',
  EPERM: 'that is not permitted',
  EROFS: 'the file system is read-only',
};

/** Runs work in a home directory. Raises `home-unusable`, with the path, for what the file system refuses. */
export async function inHome<Result>(home: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw explainHomeError(error, home);
  }
}

/** The error of a file system as one of the user's to mend; any other as it is. */
function explainHomeError(error: unknown, home: string): unknown {
  if (!(error instanceof Error) || error instanceof CorectlError) return error;
  const {code = '', path: at = home, syscall} = error as NodeJS.ErrnoException;
  if (syscall === undefined || syscall.startsWith('spawn') || !(code in reasons)) return error;
  return new CorectlError({
    code: 'home-unusable',
    message: `cannot use ${printable(at, 300)}: ${reasons[code]} (${code})`,
    suggestions: [
      `make ${printable(home, 300)} a folder that you may write to, or name another one in CORECTL_HOME`,
    ],
    cause: error,
  });
}
