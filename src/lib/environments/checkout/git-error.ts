import {CorectlError, messageOf} from '../../errors.ts';
import {printable} from '../../printable.ts';
import type {ErrorCode} from '../../troubles.ts';
import type {GitRef} from './ref.ts';
import type {RepositorySource} from './source.ts';

const missingRef =
  /couldn't find remote ref|not our ref|unadvertised object|no such remote ref|Needed a single revision|bad object|unknown revision/i;

/** Whether git says that the source has no such branch, tag or commit. */
export const isMissingRef = (error: unknown): boolean => missingRef.test(messageOf(error));

/** The error that git would have ended with for a name that the source does not advertise. */
export const missingRefError = (): Error => new Error("couldn't find remote ref");

/** Whether the source answered with a redirect that was not followed. */
export const isUnfollowedRedirect = (error: unknown): boolean =>
  /redirect|returned error: 30[1278]/i.test(messageOf(error));

export interface GitFailure {
  readonly source: RepositorySource;
  /** The clone's folder. */
  readonly directory: string;
  /** Where a redirect leads to. */
  readonly movedTo?: string;
  readonly ref?: GitRef | undefined;
  readonly token?: string | undefined;
}

/** What git printed, as an error with a next step; the token is taken out of it. */
export function explainGitError(error: unknown, failed: GitFailure): CorectlError {
  if (error instanceof CorectlError) return error;
  const {source, ref, token, directory, movedTo} = failed;
  const text = withoutSecrets(messageOf(error), token);
  const url = printable(source.url, 200);
  if (/spawn .*ENOENT/.test(text)) {
    return failure('git-missing', 'git is not installed or not on the PATH', ['install git']);
  }
  if (isMissingRef(error)) {
    const what = ref === undefined ? 'any commit' : `a branch, tag or commit ${printable(ref, 100)}`;
    const next = ref === undefined ? 'commit something to it first' : 'check the name with: git ls-remote';
    return failure('unknown-ref', `expected ${what} in ${url}, found none`, [next]);
  }
  const full = /No space left on device|Disk quota exceeded|Read-only file system/i.exec(text)?.[0];
  if (full !== undefined) {
    return failure(
      'home-unusable',
      `cannot write the clone to ${printable(directory, 300)}: ${full.toLowerCase()}`,
      ['make room there, or name another folder in CORECTL_HOME'],
    );
  }
  if (movedTo !== undefined) {
    return failure('clone-failed', `cannot fetch ${url}: it has moved to ${movedTo}`, [
      `no token is carried there: name the new address with corectl init -e ${movedTo} --force`,
    ]);
  }
  return failure('clone-failed', `cannot fetch ${url}: ${lineOf(text)}`, nextSteps(text, source, token));
}

function nextSteps(text: string, source: RepositorySource, token: string | undefined): string[] {
  if (isUnfollowedRedirect(new Error(text))) return ['the repository has moved: name its new address'];
  if (
    /Authentication failed|could not read (?:Username|Password)|Permission denied|40[134]|not found/i.test(
      text,
    )
  ) {
    if (source.kind === 'ssh') return ['check that your ssh key may read the repository: git ls-remote'];
    if (source.kind === 'https') {
      return [
        token === undefined
          ? 'pass a token that may read the repository in CORECTL_GITHUB_TOKEN (or on standard input: --github-token -), or set up a credential helper for git'
          : 'check that the repository exists and that the token may read it',
      ];
    }
  }
  if (/dubious ownership/.test(text))
    return ['git config --global --add safe.directory PATH, if you trust it'];
  if (source.kind === 'local') return ['check that the path is a git repository'];
  return ['check the address and the network, then run the same command again'];
}

/** Why a push was refused: what the server said of it, and git's word for it. */
export function pushReason(error: unknown, token?: string): string {
  const text = withoutSecrets(messageOf(error), token);
  const said = /^remote: (?:error: )?(\S.*)$/m.exec(text)?.[1];
  const [, rejected = lineOf(text)] = /\[(?:remote )?rejected\] [^(]*\((.+)\)/.exec(text) ?? [];
  return printable(said === undefined ? rejected : `${said.trim()} (${rejected})`, 300);
}

/** The line that says most: the first fatal or error, else the last. */
function lineOf(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.find((line) => /^(?:fatal|error|remote: error):/i.test(line.trim())) ?? lines.at(-1);
  return printable((telling ?? 'git said nothing').replace(/^(?:fatal|error): /i, ''), 300);
}

function withoutSecrets(text: string, token: string | undefined): string {
  const clean = text.replace(/(:\/\/)[^/@\s]*@/g, '$1');
  if (token === undefined) return clean;
  const encoded = Buffer.from(`x-access-token:${token}`).toString('base64');
  return clean.replaceAll(token, '…').replaceAll(encoded, '…');
}

function failure(code: ErrorCode, message: string, suggestions: string[]): CorectlError {
  return new CorectlError({code, message, suggestions});
}
