import {interrupted} from '../errors.ts';

/** Whether someone can be asked: a terminal at both ends. */
export const mayAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/**
 * One line of an answer from the terminal. The question is on stderr: stdout is for results. Raises `interrupted` at Ctrl-C,
 * and at Ctrl-D: there is no answer to come.
 */
export async function ask(question: string, signal: AbortSignal): Promise<string> {
  const {createInterface} = await import('node:readline/promises');
  const terminal = createInterface({input: process.stdin, output: process.stderr});
  const interrupt = new AbortController();
  // readline keeps Ctrl-C to itself
  terminal.once('SIGINT', () => {
    process.kill(process.pid, 'SIGINT');
    interrupt.abort();
  });
  // and leaves a question open for ever at Ctrl-D
  terminal.once('close', () => {
    interrupt.abort();
  });
  try {
    return (await terminal.question(question, {signal: AbortSignal.any([signal, interrupt.signal])})).trim();
  } catch {
    process.stderr.write('\n');
    throw interrupted();
  } finally {
    terminal.close();
  }
}
