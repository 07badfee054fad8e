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
    const met: unknown = (await environment()).evaluate(where, {predicate, predicateType});
    return met === true ? undefined : `it does not hold that ${printable(where, 200)}`;
  } catch (error) {
    return `${printable(where, 200)} cannot be evaluated: ${firstLine(error)}`;
  }
}

async function environment() {
  const {Environment} = await import('./cel.ts');
  return new Environment().registerVariable('predicate', 'dyn').registerVariable('predicateType', 'string');
}

// below it, the library draws the place
const firstLine = (error: unknown): string => printable(messageOf(error).split('\n')[0] ?? '', 200);
