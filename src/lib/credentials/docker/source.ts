import {type DockerLogins} from './logins.ts';
import type {Grant, GrantRequest} from '../grant.ts';
import {warnOfReadable} from '../secrets.ts';
import type {Teller} from '../teller.ts';
import type {Credential} from '../../distribution/credential.ts';

/** The login that docker's configuration holds for a repository; undefined without one. It is kept and renewed by `logins`. */
export async function dockerGrant(
  logins: DockerLogins,
  request: GrantRequest,
  teller: Teller,
): Promise<Grant | undefined> {
  const login = await logins.find(request);
  if (login === undefined) return undefined;
  if (login.file !== undefined) await warnOfReadable(login.file, teller);
  return {credential: login.credential, principal: userOf(login.credential), origin: login.origin};
}

const userOf = (credential: Credential): string | null =>
  credential.kind === 'basic' ? credential.username : null;
