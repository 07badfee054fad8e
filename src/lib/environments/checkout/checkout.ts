import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {advertised} from './advertised.ts';
import {localEnvironment, remoteEnvironment, type GitOptions} from './git-environment.ts';
import {explainGitError, isMissingRef, isUnfollowedRedirect, missingRefError} from './git-error.ts';
import {checkVersion} from './git-version.ts';
import {gitIn, type Git} from './git.ts';
import {hasOwnCredential} from './own-credential.ts';
import {redirectedTo, tracing, whereItMoved} from './redirect.ts';
import {maybeCommit, type GitRef} from './ref.ts';
import {checkSize, withinBytes} from './size.ts';

export interface CheckoutOptions extends GitOptions {
  /** The default branch without it. */
  readonly ref?: GitRef | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CheckedOut {
  readonly commit: string;
  /** Where the source sent git on to. */
  readonly movedTo?: string;
  /** A token was left out: the user's git has a credential of its own for the host. */
  readonly tokenUnused?: boolean;
}

/**
 * Fetches one commit of the source into an empty folder and checks it out. The clone knows neither the source nor any
 * credential. Raises `clone-failed`, `unknown-ref`, `ambiguous-ref`, `repository-too-large`, `git-missing`, `git-too-old`.
 */
export async function checkOut(directory: string, options: CheckoutOptions): Promise<CheckedOut> {
  const {signal} = options;
  try {
    const local = await gitIn(directory, localEnvironment(options), {signal});
    await checkVersion(local);
    const own = options.token !== undefined && (await isOwn(directory, options));
    const asked = own ? {...options, token: undefined} : options;
    const fetched = await fetchFrom(directory, local, asked);
    await checkSize({directory, env: localEnvironment(options), commit: fetched.commit, signal});
    await local('checkout', '--quiet', '--detach', '--force', fetched.commit);
    return {...fetched, ...(own && {tokenUnused: true})};
  } catch (error) {
    signal?.throwIfAborted();
    throw explainGitError(error, {...options, directory});
  }
}

async function isOwn(directory: string, options: CheckoutOptions): Promise<boolean> {
  const git = await gitIn(directory, remoteEnvironment({...options, token: undefined}), options);
  return hasOwnCredential(git, options.source);
}

async function fetchFrom(directory: string, local: Git, options: CheckoutOptions): Promise<CheckedOut> {
  const {source, ref, signal} = options;
  let said = '';
  const onStderr = (text: string) => {
    said += text;
  };
  const remote = await gitIn(directory, remoteEnvironment(options), {signal, onStderr});
  const {objectFormat, name} = await advertised(remote, {url: source.url, ref}).catch((error: unknown) =>
    withNewAddress(error, directory, options),
  );
  await local(
    'init',
    '--quiet',
    '--template=',
    '--initial-branch=corectl',
    `--object-format=${objectFormat}`,
  );
  await ignoreAttributes(directory);
  const commit = await withinBytes(directory, async (limit) => {
    const both = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    const bounded = await gitIn(directory, remoteEnvironment(options), {signal: both});
    return fetchCommit({local, remote: bounded, url: source.url, name, ref});
  });
  const movedTo = redirectedTo(said);
  return {commit, ...(movedTo !== undefined && {movedTo})};
}

/** Raises the error again; that of a redirect with where it leads to. */
async function withNewAddress(error: unknown, directory: string, options: CheckoutOptions): Promise<never> {
  if (!isUnfollowedRedirect(error)) throw error;
  let trace = '';
  const onStderr = (text: string) => {
    trace += text;
  };
  const env = {...remoteEnvironment(options), ...tracing};
  const ask = await gitIn(directory, env, {signal: options.signal, onStderr});
  const movedTo = await whereItMoved(options.source, {ask, trace: () => trace});
  throw explainGitError(error, {...options, directory, ...(movedTo !== undefined && {movedTo})});
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
  /** The whole name of a branch or tag that the source has. */
  readonly name: string | undefined;
  readonly ref: GitRef | undefined;
}

const fetchFlags = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-commit-graph'];

/** A branch, tag or whole commit id is fetched alone; a shortened id needs everything to be looked up in. */
async function fetchCommit({local, remote, url, name, ref}: FetchOptions): Promise<string> {
  const isCommit = name === undefined && ref !== undefined && maybeCommit(ref);
  const wanted = name ?? (isCommit ? ref : undefined);
  if (wanted === undefined) throw missingRefError();
  try {
    await remote(...fetchFlags, '--depth=1', '--', url, wanted);
    return await resolve(local, 'FETCH_HEAD');
  } catch (error) {
    if (!isCommit || !isMissingRef(error)) throw error;
  }
  await remote(...fetchFlags, '--', url, '+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*');
  return resolve(local, ref);
}

async function resolve(local: Git, name: string): Promise<string> {
  return (await local('rev-parse', '--verify', '--end-of-options', `${name}^{commit}`)).trim();
}
