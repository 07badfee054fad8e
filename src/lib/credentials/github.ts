import {isRecord} from '../is-record.ts';
import {parseJson} from '../json.ts';
import {readFile} from 'node:fs/promises';
import {credentialFailure} from './failures.ts';
import {callService, notUnderstood, reasonOf, serviceUrl, textIn, type Via} from './service.ts';
import {variable} from './variable.ts';

/** Whether the process is a job of GitHub Actions that may ask for id-tokens. */
export function hasIdToken(env: NodeJS.ProcessEnv): boolean {
  return (
    variable(env, 'ACTIONS_ID_TOKEN_REQUEST_URL') !== undefined &&
    variable(env, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN') !== undefined
  );
}

/**
 * A token of GitHub's that says which repository, branch and workflow this job runs for, made out to an audience. Raises
 * `id-token-refused`, `insecure-endpoint` and what callService raises.
 */
export async function githubIdToken(env: NodeJS.ProcessEnv, audience: string, via: Via): Promise<string> {
  const name = "GitHub's id-token endpoint";
  const url = serviceUrl(env.ACTIONS_ID_TOKEN_REQUEST_URL ?? '', 'ACTIONS_ID_TOKEN_REQUEST_URL');
  url.searchParams.set('audience', audience);
  const headers = {authorization: `Bearer ${env.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? ''}`};
  const answer = await callService({name, url, headers, ...via});
  if (answer.status !== 200) throw credentialFailure('id-token-refused', `${name}: ${reasonOf(answer)}`);
  const token = textIn(answer.document, 'value');
  if (token === undefined) throw notUnderstood(name, 'a token');
  return token;
}

/** Why a job of GitHub Actions has no id-token; undefined outside of one, or where it has. */
export async function idTokenProblem(
  env: NodeJS.ProcessEnv,
): Promise<'no-id-token' | 'fork-pull-request' | undefined> {
  if (env.GITHUB_ACTIONS !== 'true' || hasIdToken(env)) return undefined;
  return (await isFork(variable(env, 'GITHUB_EVENT_PATH'))) ? 'fork-pull-request' : 'no-id-token';
}

async function isFork(eventFile: string | undefined): Promise<boolean> {
  if (eventFile === undefined) return false;
  const event: unknown = await readFile(eventFile, 'utf8')
    .then(parseJson)
    .catch(() => undefined);
  const request = isRecord(event) ? event.pull_request : undefined;
  if (!isRecord(request)) return false;
  const [head, base] = [repositoryOf(request.head), repositoryOf(request.base)];
  return head !== base;
}

/** `owner/name` of one side of a pull request; undefined for a fork that was deleted. */
function repositoryOf(side: unknown): string | undefined {
  const repository = isRecord(side) ? side.repo : undefined;
  return isRecord(repository) ? textIn(repository, 'full_name') : undefined;
}
