import type {InstallEvents, Installed} from '../environments/checkout/install.ts';
import {describeProblem, describeStages, type StageOverview} from '../environments/description.ts';
import {formatProblem} from '../environments/problem.ts';
import type {Model, Origin} from '../environments/model.ts';
import {printable} from '../printable.ts';
import {count} from './count.ts';
import type {MissingConsentDocument} from './missing-consents.ts';

/** What init and update report; the document of their --json. */
export interface InstalledDocument extends Installation {
  readonly missingConsents: readonly MissingConsentDocument[];
}

interface Installation {
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

/** The document of an installation. */
export function describeInstalled({plan, model, commit, previousCommit}: Installed): Installation {
  return {
    ok: true,
    source: plan.source.url,
    ref: plan.ref ?? null,
    commit,
    previousCommit: previousCommit ?? null,
    stages: describeStages(model),
    environments: model.environments.size,
    tenants: model.tenants.size,
    problems: model.problems.map(describeProblem),
  };
}

/** Tells what init and update meet on their way. */
export function tellingInstallation(home: string, note: (line: string) => void): InstallEvents {
  return {
    wait: () => {
      note(`another corectl changes ${printable(home, 300)}: waiting for it`);
    },
    model: (model) => {
      problemLines(model).forEach(note);
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
export function problemLines({problems}: Pick<Model, 'problems'>): string[] {
  if (problems.length === 0) return [];
  return [
    `the environments repository has ${count(problems.length, 'problem')}:`,
    ...problems.map((problem) => `  ${formatProblem(problem)}`),
  ];
}
