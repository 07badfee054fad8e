import type {Installed} from '../environments/checkout/install.ts';
import {describeProblem, describeStages, type StageOverview} from '../environments/description.ts';
import {formatProblem} from '../environments/problem.ts';
import type {Model, Origin} from '../environments/model.ts';
import {count} from './count.ts';

/** What init and update report; the document of their --json. */
export interface InstalledDocument {
  readonly ok: true;
  readonly source: string;
  readonly ref: string | null;
  readonly commit: string;
  readonly previousCommit: string | null;
  readonly stages: readonly StageOverview[];
  readonly environments: number;
  readonly tenants: number;
  readonly problems: readonly (Origin & {message: string})[];
}

export function describeInstalled(
  {
    model,
    commit,
    previousCommit = null,
  }: {readonly previousCommit?: string | null} & Omit<Installed, 'previousCommit'>,
  {source, ref = null}: {readonly source: {readonly url: string}; readonly ref?: string | null | undefined},
): InstalledDocument {
  return {
    ok: true,
    source: source.url,
    ref,
    commit,
    previousCommit,
    stages: describeStages(model),
    environments: model.environments.size,
    tenants: model.tenants.size,
    problems: model.problems.map(describeProblem),
  };
}

/** One line for each problem, and one before them; none for none. */
export function problemLines({problems}: Pick<Model, 'problems'>): string[] {
  if (problems.length === 0) return [];
  return [
    `the environments repository has ${count(problems.length, 'problem')}:`,
    ...problems.map((problem) => `  ${formatProblem(problem)}`),
  ];
}
