import {realpathSync, statSync} from 'node:fs';
import {codeOf} from '../system-error.ts';
import {cloneDirectory} from './home.ts';

/** The clone that a home had at a moment. */
export interface CurrentClone {
  /** Where it is, links resolved: it stays the same clone when the home gets another one. */
  readonly directory: string;
  /** Equal for one and the same clone. */
  readonly identity: string;
}

/** The clone of a home; undefined when it has none. Raises every other failure of the file system. */
export function currentClone(home: string): CurrentClone | undefined {
  try {
    const directory = realpathSync(cloneDirectory(home));
    const status = statSync(directory);
    return status.isDirectory() ? {directory, identity: `${directory} ${status.ino}`} : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
