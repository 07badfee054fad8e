import {CorectlError} from '../../errors.ts';

const variables = ['CORECTL_GITHUB_TOKEN', 'GITHUB_TOKEN', 'GH_TOKEN'] as const;

/** The token for https clones: the flag's, else that of the first variable that is set. Raises `invalid-token`. */
export function githubToken(flag: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const token = (flag ?? variables.map((name) => env[name]).find((value) => value))?.trim();
  if (token === undefined || token === '') return undefined;
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new CorectlError({
      code: 'invalid-token',
      message: 'the GitHub token holds spaces or characters that no token has',
      suggestions: [`pass it with --github-token or in ${variables.join(', ')}`],
    });
  }
  return token;
}
