import {hide} from '../../hidden.ts';
import {CorectlError} from '../../errors.ts';
import type {RepositorySource} from './source.ts';

/**
 * The token for a source, which goes to https alone: the flag's and CORECTL_GITHUB_TOKEN to the host that the user names, those
 * that are there for GitHub to github.com and the host of GITHUB_SERVER_URL or GH_HOST. Raises `invalid-token`, and
 * `insecure-token` for a flag's token that no https source takes.
 */
export function githubToken(
  flag: string | undefined,
  env: NodeJS.ProcessEnv,
): (source: RepositorySource) => string | undefined {
  return (source) => {
    if (source.kind !== 'https' || source.plainHttp) {
      if (flag !== undefined && source.kind === 'https') throw insecure();
      return undefined;
    }
    return (
      checked(flag ?? env.CORECTL_GITHUB_TOKEN) ?? (isGithub(source.origin, env) ? ofGithub(env) : undefined)
    );
  };
}

const ofGithub = (env: NodeJS.ProcessEnv) => checked(env.GITHUB_TOKEN) ?? checked(env.GH_TOKEN);

function isGithub(origin: string, {GITHUB_SERVER_URL, GH_HOST}: NodeJS.ProcessEnv): boolean {
  const named = [GITHUB_SERVER_URL, GH_HOST && `https://${GH_HOST}`];
  const urls = named.filter((text): text is string => Boolean(text) && URL.canParse(text ?? ''));
  return ['https://github.com', ...urls.map((text) => new URL(text).origin)].includes(origin);
}

function checked(text: string | undefined): string | undefined {
  const token = text?.trim();
  if (token === undefined || token === '') return undefined;
  hide(token);
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new CorectlError({
    code: 'invalid-token',
    message: 'the GitHub token holds spaces or characters that no token has',
    suggestions: ['pass it in CORECTL_GITHUB_TOKEN, or on standard input with -t -'],
  });
}

function insecure(): CorectlError {
  return new CorectlError({
    code: 'insecure-token',
    message: 'a token is sent over https only, and the source is named by http',
    suggestions: ['name the repository by https, or leave the token out'],
  });
}
