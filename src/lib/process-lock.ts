import {lock} from 'proper-lockfile';
import {codeOf} from './system-error.ts';

/** A lock that no other process has, as long as this one shows that it lives. */
export interface ProcessLock {
  /** Whether another process took this one for dead, and the lock with it. */
  isLost(): boolean;
  release(): Promise<void>;
}

export interface ProcessLockOptions {
  /** The folder that is the lock: one process alone can make it, on network file systems too. */
  readonly lockfilePath: string;
  /** Milliseconds without a sign of life after which a holder is taken for dead. */
  readonly stale: number;
  /** Milliseconds between signs of life. */
  readonly update: number;
}

/** Takes the lock of a path; undefined while another process has it. Raises what the file system says. */
export async function tryLock(path: string, options: ProcessLockOptions): Promise<ProcessLock | undefined> {
  let lost = false;
  const onCompromised = () => {
    lost = true;
  };
  try {
    const release = await lock(path, {...options, realpath: false, onCompromised});
    // what was lost is another's to release
    return {isLost: () => lost, release: () => release().catch(() => undefined)};
  } catch (error) {
    if (codeOf(error) === 'ELOCKED') return undefined;
    throw error;
  }
}
