import type {InstallEvents, Installed} from '../environments/checkout/install.ts';
import {describeProblem, describeStages} from '../environments/description.ts';
import type {InstalledDocument} from '../environments/documents.ts';
import {formatProblem} from '../environments/problem.ts';
import type {Model} from '../environments/model.ts';
import {printable} from '../printable.ts';
import {count} from './count.ts';

/** What init and update report, but for what only the user can allow. */
type Installation = Omit<InstalledDocument, 'missingConsents'>;

/** The document of an installation. */
export function describeInstalled({plan, model, commit, previousCommit}: Installed): Installation {
  return {
    ok: true,
    exitCode: 0,
    source: plan.source.url,
    ref: plan.ref ?? null,
    commit,
    previousCommit: previousCommit ?? null,
    stages: describeStages(model),
    environments: model.environments.size,
    tenants: model.tenants.size,
    problems: model.problems.map(describeProblem),
    error: null,
  };
}

/** Tells what init and update meet on their way. */
export function tellingInstallation(home: string, note: (line: string) => void): InstallEvents {
  return {
    wait: () => {
      note(`another corectl changes ${printable(home, 300)}: waiting for it`);
    },
    model: (model) => {
      repositoryProblemLines(model).forEach(note);
    },
    fetched: ({movedTo, tokenUnused}) => {
      if (movedTo !== undefined)
        note(`warning: the repository has moved to ${movedTo}: corectl init -e ${movedTo} --force`);
      if (tokenUnused === true)
        note('warning: git has a credential of its own for this host: the token is not used');
    },
  };
}

/** One line for each problem, and one before them; none for none. */
export function repositoryProblemLines({problems}: Pick<Model, 'problems'>): string[] {
  if (problems.length === 0) return [];
  return [
    `the environments repository has ${count(problems.length, 'problem')}:`,
    ...problems.map((problem) => `  ${formatProblem(problem)}`),
  ];
}
