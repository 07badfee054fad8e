import {CorectlError, exitCodes} from '../../errors.ts';
import {systemReason} from './system-failure.ts';

/**
 * Takes what goes wrong with the process's outputs, which Node would end it for. A reader that went away (`| head`) is
 * nobody's fault and stops no promotion; anything else on stdout is told once, and the process fails for it.
 */
export function watchOutputs(tell: (failure: CorectlError) => void): void {
  // nobody is left who could be told
  process.stderr.on('error', () => undefined);
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    process.stdout.on('error', () => undefined);
    if (error.code === 'EPIPE') return;
    tell(unwritable('stdout', error));
    // what the command says later does not count: its result did not arrive
    process.on('exit', () => (process.exitCode = process.exitCode || exitCodes.failed));
  });
}

/** Resolves once all of stdout is written, or cannot be any more. */
export const flushed = (): Promise<void> =>
  new Promise((resolve) => {
    process.stdout.write('', () => {
      resolve();
    });
  });

/** The error for output that could not be written; `what` names where it was to go. */
export function unwritable(what: string, error: NodeJS.ErrnoException): CorectlError {
  const {code = '', message} = error;
  const reason = systemReason(code);
  return new CorectlError({
    code: 'output',
    message: `cannot write to ${what}: ${reason === undefined ? message : `${reason} (${code})`}`,
    suggestions: [
      'the result is incomplete; what the command did is done: run it again with room for its output',
    ],
    exitCode: exitCodes.failed,
    cause: error,
  });
}
