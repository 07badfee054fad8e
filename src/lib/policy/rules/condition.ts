import {runInNewContext} from 'node:vm';
import {messageOf} from '../../errors.ts';
import type {Statement} from '../../evidence/statement.ts';
import {printable} from '../../printable.ts';

/** What is wrong with a condition as it is written, if anything is: it must be CEL over `predicate`, and give true or false. */
export async function conditionSyntaxProblem(where: string): Promise<string | undefined> {
  const {valid, type, error} = (await environment()).check(where);
  if (!valid) return firstLine(error);
  return type === 'bool' || type === 'dyn' ? undefined : `it gives ${String(type)}, not true or false`;
}

/** Why a statement does not meet a condition, if so; a condition that cannot be evaluated is not met. */
export async function conditionProblem(
  where: string,
  {predicate, predicateType}: Statement,
): Promise<string | undefined> {
  try {
    const cel = await environment();
    const met = inTime(() => cel.evaluate(where, {predicate, predicateType}) as unknown);
    return met === true ? undefined : `it does not hold that ${printable(where, 200)}`;
  } catch (error) {
    return `${printable(where, 200)} cannot be evaluated: ${firstLine(error)}`;
  }
}

/** Milliseconds for one condition on one statement: those that people write take less than one. */
const timeLimit = 2000;

/**
 * Runs what may go on for ever, as repetitions in repetitions do, and patterns that a text nearly meets; raises an error then.
 * It is nothing apart: another context has the only clock that stops code which lets no timer run.
 */
function inTime<Result>(task: () => Result): Result {
  try {
    return runInNewContext('task()', {task}, {timeout: timeLimit}) as Result;
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    throw code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? new Error(`it takes more than ${timeLimit} ms`) : error;
  }
}

async function environment() {
  const {Environment} = await import('./cel.ts');
  return new Environment().registerVariable('predicate', 'dyn').registerVariable('predicateType', 'string');
}

// below it, the library draws the place
const firstLine = (error: unknown): string => printable(messageOf(error).split('\n')[0] ?? '', 200);
