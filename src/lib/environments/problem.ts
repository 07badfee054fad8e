import type {CorectlError} from '../errors.ts';
import {printable} from '../printable.ts';
import {usageError} from '../usage-error.ts';
import type {Model, Origin, Problem, Subject} from './model.ts';

/** A problem as one line, safe to print: `FILE:LINE:COLUMN key: what was expected, what was found`. */
export function formatProblem(problem: Problem): string {
  return printable(`${formatPosition(problem)}: ${problem.message}`, 600);
}

/** Where a fact stands, for messages: `FILE:LINE:COLUMN key`. */
export function formatPosition({file, line, column, key}: Origin): string {
  return printable(`${file}:${line}:${column}${key === '' ? '' : ` ${key}`}`, 400);
}

/** The problems that stop a promotion which uses these subjects: theirs, and those of the repository as a whole. */
export function problemsConcerning(model: Model, subjects: readonly Subject[]): Problem[] {
  const used = new Set(subjects.map(subjectKey));
  return model.problems.filter(({concerns}) => concerns?.some((one) => used.has(subjectKey(one))) ?? true);
}

/** Raises `invalid-environments` when something of what a promotion uses is not as it should be. */
export function refuseProblems(model: Model, used: readonly Subject[]): void {
  const problems = problemsConcerning(model, used);
  if (problems.length > 0) throw invalidEnvironments(problems);
}

/** The error for using a part of the environments repository that has these problems. */
export function invalidEnvironments(problems: readonly Problem[]): CorectlError {
  const told = [...new Set(problems.map(formatProblem))].join('; ');
  return usageError(
    'invalid-environments',
    `the environments repository has problems in what this uses: ${told}`,
    ['mend them in the environments repository, then run corectl update'],
  );
}

const subjectKey = (subject: Subject): string =>
  `${subject.kind} ${subject.name} ${subject.kind === 'listing' ? subject.tenant : ''}`;
