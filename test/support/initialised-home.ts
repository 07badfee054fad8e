// A home directory after `corectl init` from a repository of the test.
import {cpSync, mkdirSync, mkdtempSync} from 'node:fs';
import path from 'node:path';
import {allowedBy, type ConsentFlags} from '../../src/lib/cli/flags/consents.ts';
import {keepConsents} from '../../src/lib/environments/checkout/keep-consents.ts';
import {putInForce} from '../../src/lib/environments/checkout/put-in-force.ts';
import {cloneDirectory, clonesDirectory, homeDirectory} from '../../src/lib/environments/home.ts';
import {waitingSettings, writeSettings} from '../../src/lib/environments/settings.ts';
import {isolated} from './cli.ts';
import {sampleRepository} from './environments-repository.ts';
import {commit, headOf, temporaryFolder, writeFiles, type Files} from './git.ts';

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
 * What `corectl init -e REPOSITORY`, with flags by which the user allows something, makes of an empty home, without starting a process of it, nor one of git: many tests begin
 * with that, and it would cost them as much as what they are about. That it is the same is a test of its own.
 */
export async function initialise(
  home: string,
  repository: string,
  consent: ConsentFlags = {},
): Promise<void> {
  const corectlHome = homeDirectory(isolated(home));
  for (const folder of [clonesDirectory(corectlHome), path.dirname(cloneDirectory(corectlHome))])
    mkdirSync(folder, {recursive: true, mode: 0o700});
  const clone = mkdtempSync(path.join(clonesDirectory(corectlHome), 'clone-'));
  const own = path.join(repository, '.git');
  cpSync(repository, clone, {recursive: true, verbatimSymlinks: true, filter: (file) => file !== own});
  cloneGitFolder(own, path.join(clone, '.git'), repository);
  await writeSettings(waitingSettings(clone), {source: repository});
  await putInForce(corectlHome, clone);
  await keepConsents(corectlHome, allowedBy(consent, home), {});
}

/** What git's fetch of one commit and its checkout leave. */
function cloneGitFolder(from: string, to: string, url: string): void {
  const head = headOf(path.dirname(from));
  for (const folder of ['refs/heads', 'refs/tags']) mkdirSync(path.join(to, folder), {recursive: true});
  for (const same of ['objects', 'config', 'index'])
    cpSync(path.join(from, same), path.join(to, same), {recursive: true});
  writeFiles(to, {
    HEAD: `${head}\n`,
    shallow: `${head}\n`,
    FETCH_HEAD: `${head}\t\t${url}\n`,
    'info/attributes': '* -filter -text -ident -eol !working-tree-encoding -diff\n',
    'logs/HEAD': `${'0'.repeat(head.length)} ${head} test <test@example.com> 0 +0000\tcheckout: moving from corectl to ${head}\n`,
  });
}
