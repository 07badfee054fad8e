// A home directory after `corectl init` from a repository of the test.
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {install} from '../../src/lib/environments/checkout/install.ts';
import {planInitialisation} from '../../src/lib/environments/checkout/initialise.ts';
import {homeDirectory} from '../../src/lib/environments/home.ts';
import {isolated} from './cli.ts';
import {sampleRepository} from './environments-repository.ts';
import {commit, temporaryFolder, type Files} from './git.ts';

export interface InitialisedHome {
  /** The folder of all of it, to be removed in the end. */
  readonly work: string;
  readonly home: string;
  readonly repository: string;
  /** The commit that the home's clone is at. */
  readonly head: string;
}

/** Commits the sample repository, with files of the test over its own, and clones it into a new home. */
export async function initialisedHome(files: Files = {}): Promise<InitialisedHome> {
  const work = temporaryFolder();
  const home = path.join(work, 'home');
  mkdirSync(home);
  const repository = path.join(work, 'repository');
  const head = commit(repository, {...sampleRepository, ...files});
  await initialise(home, repository);
  return {work, home, repository, head};
}

/**
 * What `corectl init -e REPOSITORY` makes of an empty home, without starting a process of it: many tests begin with that,
 * and it costs them as much as what they are about.
 */
export async function initialise(home: string, repository: string): Promise<void> {
  const env = isolated(home);
  const corectlHome = homeDirectory(env);
  const plan = () =>
    planInitialisation({home: corectlHome, cwd: home, from: repository, ref: undefined, force: false});
  await install({home: corectlHome, plan, env, terminal: false});
}
