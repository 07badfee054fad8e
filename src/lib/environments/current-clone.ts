import {realpathSync, statSync} from 'node:fs';
import {cloneDirectory} from './home.ts';

/** The clone that a home had at a moment. */
export interface CurrentClone {
  /** Where it is, links resolved: it stays the same clone when the home gets another one. */
  readonly directory: string;
  /** Equal for one and the same clone. */
  readonly identity: string;
}

/** The clone that a home has, if it has one. Raises what the file system says but that there is none. */
export function currentClone(home: string): CurrentClone | undefined {
  try {
    const directory = realpathSync(cloneDirectory(home));
    const status = statSync(directory);
    return status.isDirectory() ? {directory, identity: `${directory} ${status.ino}`} : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
