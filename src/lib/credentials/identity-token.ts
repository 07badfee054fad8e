import {readFile} from 'node:fs/promises';
import {hide} from '../hidden.ts';
import {printable} from '../printable.ts';
import {credentialFailure} from './failures.ts';
import {githubIdToken, hasIdToken} from './github.ts';
import type {Via} from './service.ts';
import {variable} from './variable.ts';

/** Who sigstore's certificate authorities want a token to be made out to. */
const audience = 'sigstore';

/** Whether the process can say who its pipeline is. */
export const hasIdentityToken = (env: NodeJS.ProcessEnv): boolean =>
  variable(env, 'SIGSTORE_ID_TOKEN') !== undefined ||
  variable(env, 'SIGSTORE_ID_TOKEN_FILE') !== undefined ||
  hasIdToken(env);

/**
 * The token that says who the pipeline is, made out to sigstore: SIGSTORE_ID_TOKEN, as GitLab's `id_tokens` give it, what is in
 * the file of SIGSTORE_ID_TOKEN_FILE, or one of GitHub's for this job. Raises `no-identity-token` and what githubIdToken raises.
 */
export async function identityToken(env: NodeJS.ProcessEnv, via: Via): Promise<string> {
  const token =
    variable(env, 'SIGSTORE_ID_TOKEN') ??
    (await tokenInFile(variable(env, 'SIGSTORE_ID_TOKEN_FILE'))) ??
    (hasIdToken(env) ? await githubIdToken(env, audience, via) : undefined);
  if (token === undefined) throw noIdentityToken('this process has no identity token of a pipeline');
  hide(token);
  return token.trim();
}

/** `no-identity-token` (exit code 2), for a process that cannot say who its pipeline is. */
export const noIdentityToken = (why: string) =>
  credentialFailure('no-identity-token', `records are to be signed keyless, and ${why}`);

async function tokenInFile(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, 'utf8').catch(() => '');
  if (text.trim() === '') throw noIdentityToken(`there is no token in ${printable(file, 200)}`);
  return text;
}
