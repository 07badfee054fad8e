import {access} from 'node:fs/promises';
import {homedir} from 'node:os';
import path from 'node:path';
import {printable} from '../../printable.ts';
import {findExecutable} from '../executable.ts';
import {credentialFailure} from '../failures.ts';
import type {AccessToken} from '../access-token.ts';
import {runProgram} from '../program.ts';
import {variable} from '../variable.ts';

/** Milliseconds: gcloud is a large program, and may ask its own token service. */
const limit = 30_000;
/** Milliseconds that a token is used when nobody says how long it lives: gcloud hands out ones with 5 minutes left and more. */
const assumedLife = 300_000;

/** gcloud's folder of configurations and logins. */
export function gcloudFolder(env: NodeJS.ProcessEnv): string {
  return variable(env, 'CLOUDSDK_CONFIG') ?? path.join(env.HOME ?? homedir(), '.config', 'gcloud');
}

/** gcloud's full path where it is installed and someone has logged in with it; starting it for nothing takes a second. */
export async function gcloudWithLogin(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const override = variable(env, 'CLOUDSDK_AUTH_ACCESS_TOKEN_FILE');
  const logins = override ?? path.join(gcloudFolder(env), 'credentials.db');
  const known = await access(logins).then(
    () => true,
    () => false,
  );
  return known ? findExecutable('gcloud', env.PATH ?? '') : undefined;
}

/** `gcloud auth print-access-token`, without a shell; `timeoutMs` until it is given up. Raises `cloud-command`. */
export async function gcloudToken(
  file: string,
  {
    timeoutMs = limit,
    ...options
  }: {env: NodeJS.ProcessEnv; timeoutMs?: number; signal?: AbortSignal | undefined},
): Promise<AccessToken> {
  const args = ['auth', 'print-access-token', '--quiet'];
  const {stdout, stderr, exitCode, timedOut} = await runProgram(file, args, {...options, timeoutMs});
  const token = stdout.trim();
  if (exitCode === 0 && !timedOut && /^[\x21-\x7e]+$/.test(token))
    return {token, expires: Date.now() + assumedLife};
  const why = timedOut ? `no answer in ${timeoutMs / 1000} s` : printable(stderr.trim(), 300);
  throw credentialFailure('cloud-command', `gcloud auth print-access-token: ${why || 'it printed no token'}`);
}
