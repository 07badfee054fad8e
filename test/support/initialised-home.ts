// A home directory after `corectl init` from a repository of the test.
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {runCli} from './cli.ts';
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
  const {code, stderr} = await runCli(['init', '-e', repository], {home});
  if (code !== 0) throw new Error(`corectl init: ${stderr}`);
  return {work, home, repository, head};
}
