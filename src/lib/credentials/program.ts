import path from 'node:path';
import {onAbort} from '../on-abort.ts';
import {absoluteFolders} from './executable.ts';

export interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds until a program that does not end is killed. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Written to its stdin, which is empty without it. */
  readonly input?: string;
}

export interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  /** It printed more than `outputLimit`. */
  readonly isMaxBuffer: boolean;
}

/** Bytes; an answer is a few kilobytes, even with a long token in it. */
export const outputLimit = 1 << 20;

/**
 * Runs a program without a shell to its end or its deadline, also when a child that it left behind keeps its output open.
 * Rejects with the signal's reason when that ends it.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  {env, timeoutMs, signal, input = ''}: ProgramOptions,
): Promise<ProgramResult> {
  const {execa} = await import('execa');
  signal?.throwIfAborted();
  const subprocess = execa(file, args, {
    input,
    env: {...env, PATH: absoluteFolders(env.PATH ?? '').join(path.delimiter)},
    extendEnv: false,
    reject: false,
    maxBuffer: outputLimit,
    killSignal: 'SIGKILL',
  });
  const limits = limited({timeoutMs, signal}, () => {
    subprocess.kill();
    subprocess.stdout.destroy();
    subprocess.stderr.destroy();
  });
  const {stdout, stderr, exitCode, isMaxBuffer} = await subprocess;
  const timedOut = limits.stop();
  signal?.throwIfAborted();
  return {stdout, stderr, exitCode, isMaxBuffer, timedOut};
}

/** Calls `end` after so many milliseconds or when the signal is aborted, until `stop`, which tells whether the time was up. */
function limited({timeoutMs, signal}: Pick<ProgramOptions, 'timeoutMs' | 'signal'>, end: () => void) {
  let timedOut = false;
  const deadline = setTimeout(() => {
    timedOut = true;
    end();
  }, timeoutMs);
  const forget = signal && onAbort(signal, end);
  return {
    stop: (): boolean => {
      clearTimeout(deadline);
      forget?.();
      return timedOut;
    },
  };
}
