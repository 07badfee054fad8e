import {readFile} from 'node:fs/promises';
import {credentialFailure} from '../failures.ts';
import {tokenIn, type AccessToken} from '../access-token.ts';
import {callService, reasonOf, textIn, type Via} from '../service.ts';
import {variable} from '../variable.ts';

/** Whether this machine may have Google's metadata server: it is not asked anywhere else. */
export async function isGoogleMachine(env: NodeJS.ProcessEnv): Promise<boolean> {
  if (env.METADATA_SERVER_DETECTION === 'none') return false;
  if (metadataHost(env) !== undefined) return true;
  if (['K_SERVICE', 'CLOUD_RUN_JOB', 'GAE_SERVICE'].some((name) => variable(env, name) !== undefined))
    return true;
  const product = await readFile('/sys/class/dmi/id/product_name', 'utf8').catch(() => '');
  return product.startsWith('Google');
}

/** The access token of the machine's service account, and its e-mail address. */
export async function machineToken(
  env: NodeJS.ProcessEnv,
  via: Via,
): Promise<AccessToken & {email: string | null}> {
  const name = 'metadata server';
  const account = `http://${metadataHost(env) ?? 'metadata.google.internal'}/computeMetadata/v1/instance/service-accounts/default`;
  const headers = {'metadata-flavor': 'Google'};
  // it answers by http and to this machine alone: a proxy has no business to see its tokens
  const direct = {...via, wire: {...via.wire, proxyAgent: undefined}};
  const ask = (path: string) =>
    callService({name, url: new URL(`${account}/${path}`), headers, ...direct, timeout: 3000, attempts: 2});
  const answer = await ask('token');
  if (answer.status !== 200) throw credentialFailure('token-refused', `${name}: ${reasonOf(answer)}`);
  const about = await ask('?recursive=true').catch(() => undefined);
  return {...tokenIn(name, answer), email: (about && textIn(about.document, 'email')) ?? null};
}

const metadataHost = (env: NodeJS.ProcessEnv): string | undefined =>
  variable(env, 'GCE_METADATA_HOST') ?? variable(env, 'GCE_METADATA_IP');
