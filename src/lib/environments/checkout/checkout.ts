import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {localEnvironment, remoteEnvironment, type GitOptions} from './git-environment.ts';
import {explainGitError, isMissingRef} from './git-error.ts';
import {gitIn, type Git} from './git.ts';
import {maybeCommit, type GitRef} from './ref.ts';

export interface CheckoutOptions extends GitOptions {
  /** The default branch without it. */
  readonly ref?: GitRef | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CheckedOut {
  readonly commit: string;
}

/**
 * Fetches one commit of the source into an empty folder and checks it out. The clone knows neither the source nor any
 * credential. Raises `clone-failed`, `unknown-ref`, `git-missing`.
 */
export async function checkOut(directory: string, options: CheckoutOptions): Promise<CheckedOut> {
  const local = await gitIn(directory, localEnvironment(options), options.signal);
  const remote = await gitIn(directory, remoteEnvironment(options), options.signal);
  try {
    await local('init', '--quiet', '--template=', '--initial-branch=corectl');
    await ignoreAttributes(directory);
    const commit = await fetchCommit({local, remote, url: options.source.url, ref: options.ref});
    await local('checkout', '--quiet', '--detach', '--force', commit);
    return {commit};
  } catch (error) {
    options.signal?.throwIfAborted();
    throw explainGitError(error, options);
  }
}

/** These attributes win over every .gitattributes file: no filter, no conversion of what is checked out. */
async function ignoreAttributes(directory: string): Promise<void> {
  const info = path.join(directory, '.git', 'info');
  await mkdir(info, {recursive: true});
  await writeFile(
    path.join(info, 'attributes'),
    '* -filter -text -ident -eol !working-tree-encoding -diff\n',
  );
}

interface FetchOptions {
  readonly local: Git;
  readonly remote: Git;
  readonly url: string;
  readonly ref: GitRef | undefined;
}

const fetchFlags = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-commit-graph'];

/** A branch, tag or whole commit id is fetched alone; a shortened id needs everything to be looked up in. */
async function fetchCommit({local, remote, url, ref}: FetchOptions): Promise<string> {
  try {
    await remote(...fetchFlags, '--depth=1', '--', url, ref ?? 'HEAD');
    return await resolve(local, 'FETCH_HEAD');
  } catch (error) {
    if (ref === undefined || !maybeCommit(ref) || !isMissingRef(error)) throw error;
  }
  await remote(...fetchFlags, '--', url, '+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*');
  return resolve(local, ref);
}

async function resolve(local: Git, name: string): Promise<string> {
  return (await local('rev-parse', '--verify', '--end-of-options', `${name}^{commit}`)).trim();
}
