import type {Problem} from '../environments/model.ts';
import {formatProblem} from '../environments/problem.ts';
import {CorectlError} from '../errors.ts';

/** Problems that are told line by line; the rest is counted. */
export const shownProblems = 100;

/** All that is wrong, a line for each problem. */
export function problemLines(problems: readonly Problem[]): string[] {
  const more = problems.length > shownProblems ? [`and ${problems.length - shownProblems} more`] : [];
  return [...problems.slice(0, shownProblems).map(formatProblem), ...more];
}

/** What belongs to no project, as warnings, a line each. */
export function strayLines(strays: readonly Problem[]): string[] {
  return problemLines(strays).map((line) => `${line}; it belongs to no project and is not read`);
}

/** The error for manifests with problems, which are told apart from it: exit code 2, no registry was asked anything. */
export function invalidManifests(problems: readonly Problem[]): CorectlError {
  return new InvalidManifests(problems);
}

/** The problems that an error is about; none for every other error. */
export function problemsIn(error: unknown): readonly Problem[] {
  return error instanceof InvalidManifests ? error.problems : [];
}

class InvalidManifests extends CorectlError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super({
      code: 'invalid-manifests',
      message: `expected sound manifests, found ${count}; nothing was promoted`,
      suggestions: ['mend the lines that are named above, and look again with: corectl manifest check'],
    });
    this.problems = problems;
  }
}

/** A problem as the JSON documents hold it. */
export function problemReport({file, line, column, key, message}: Problem) {
  return {file, line, column, key, message};
}
