import type {Credential} from '../../distribution/credential.ts';
import {credentialFailure} from '../failures.ts';
import {callService, notUnderstood, reasonOf, textIn, type Via} from '../service.ts';
import {claimsIn} from '../web-token.ts';

/** Milliseconds that a registry's refresh token is used when it does not tell its end; they live for 3 hours. */
const assumedLife = 3_600_000;

/**
 * Trades an Entra token for a refresh token of an Azure registry (POST /oauth2/exchange of the registry's AAD OAuth), which
 * its token service takes for access tokens. Raises `registry-exchange-refused`.
 */
export async function tradeForRegistry(
  {host, plainHttp}: {host: string; plainHttp: boolean},
  accessToken: string,
  via: Via,
): Promise<{credential: Credential; expires: number}> {
  const name = `token exchange of ${host}`;
  const url = new URL(`${plainHttp ? 'http' : 'https'}://${host}/oauth2/exchange`);
  const form = {grant_type: 'access_token', service: host, access_token: accessToken};
  const answer = await callService({name, url, form, ...via});
  if (answer.status !== 200)
    throw credentialFailure('registry-exchange-refused', `${name}: ${reasonOf(answer)}`);
  const token = textIn(answer.document, 'refresh_token');
  if (token === undefined) throw notUnderstood(name, 'a refresh token');
  return {credential: {kind: 'identity-token', token}, expires: endOf(token) ?? Date.now() + assumedLife};
}

/** The end that a JSON web token tells, in milliseconds of the epoch. */
function endOf(token: string): number | undefined {
  const seconds = Number(claimsIn(token).exp);
  return seconds > 0 ? seconds * 1000 : undefined;
}
