import {isRecord} from '../is-record.ts';
import {parseJson} from '../json.ts';
import type {IncomingMessage} from 'node:http';
import type {Challenge} from '../http/challenge.ts';
import type {Credential} from './credential.ts';
import {ociError} from '../oci-error.ts';
import {tokenService} from './realm.ts';
import {registryError} from './registry-error.ts';
import {readBody, type Wire} from '../http/wire.ts';

/** A registry token and when it ends, by `performance.now()`. */
export interface Token {
  readonly value: string;
  readonly expires: number;
}

/** Bytes of a token service's answer. */
const tokenBodyLimit = 1_048_576;
/** Seconds that a token lives when the answer does not say (distribution's token specification). */
const defaultLifetime = 60;

export interface TokenRequest {
  readonly challenge: Challenge;
  readonly credential: Credential;
  /** `repository:PATH:pull,push`, the most important first. */
  readonly scopes: readonly string[];
  /** The registry that asked. */
  readonly registry: URL;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches a token by distribution's token protocol: GET with Basic, or POST by OAuth2 for an identity token. One attempt.
 * Raises `refused-realm`, `unauthorized`, `denied` or what the wire raises; a token service's body is never shown.
 */
export async function fetchToken(wire: Wire, request: TokenRequest): Promise<Token> {
  const realm = tokenService(request.challenge.parameters.get('realm'), request.registry);
  const {credential} = request;
  if (credential.kind !== 'identity-token')
    return readToken(wire, await getToken(wire, realm, request, credential), realm);
  const response = await postToken(wire, realm, request, credential.token);
  if (response.statusCode !== 404 && response.statusCode !== 405) return readToken(wire, response, realm);
  response.resume();
  // token services of before OAuth2 know GET alone
  const basic = {kind: 'basic', username: '<token>', password: credential.token} as const;
  return readToken(wire, await getToken(wire, realm, request, basic), realm);
}

function getToken(
  wire: Wire,
  realm: URL,
  request: TokenRequest,
  credential: Credential,
): Promise<IncomingMessage> {
  const url = new URL(realm);
  const service = request.challenge.parameters.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of request.scopes) url.searchParams.append('scope', scope);
  if (credential.kind === 'basic') url.searchParams.set('account', credential.username);
  const headers = credential.kind === 'basic' ? {authorization: basicAuthorization(credential)} : {};
  return wire.send({
    method: 'GET',
    url,
    headers: {...headers, accept: 'application/json'},
    signal: request.signal,
  });
}

function postToken(wire: Wire, realm: URL, request: TokenRequest, token: string): Promise<IncomingMessage> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    service: request.challenge.parameters.get('service') ?? request.registry.host,
    client_id: 'corectl',
    scope: request.scopes.join(' '),
    refresh_token: token,
  });
  const headers = {'content-type': 'application/x-www-form-urlencoded', accept: 'application/json'};
  return wire.send({
    method: 'POST',
    url: realm,
    headers,
    body: Buffer.from(form.toString()),
    signal: request.signal,
  });
}

async function readToken(wire: Wire, response: IncomingMessage, realm: URL): Promise<Token> {
  const received = performance.now();
  if (response.statusCode !== 200) {
    const {code, status, registryCodes, retryAfter, suggestions} = await registryError(
      response,
      '',
      wire.limits.idle,
    );
    const told = registryCodes.find((text) => text !== '') ?? '';
    const message = `token service ${realm.host}: HTTP ${response.statusCode ?? 0} ${told}`.trimEnd();
    throw ociError(code, message, {status, registryCodes, retryAfter, suggestions});
  }
  const body = await readBody(response, tokenBodyLimit, wire.limits.idle);
  const answer = parseAnswer(body);
  const value = [answer.token, answer.access_token].find(
    (text) => typeof text === 'string' && /^[\x21-\x7e]+$/.test(text),
  );
  if (value === undefined)
    throw ociError('not-a-registry', `token service ${realm.host}: the answer holds no token`);
  return {value: value as string, expires: received + usable(Number(answer.expires_in ?? defaultLifetime))};
}

/** `user:password` as an Authorization header (RFC 7617). */
export function basicAuthorization({username, password}: {username: string; password: string}): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function parseAnswer(body: Buffer): Record<string, unknown> {
  const parsed = parseJson(body);
  return isRecord(parsed) ? parsed : {};
}

/** Milliseconds that a token may be used: less than it lives, so that it does not end on the way. */
function usable(seconds: number): number {
  const lifetime = Number.isFinite(seconds) && seconds > 0 ? seconds : defaultLifetime;
  return 1000 * (lifetime - Math.min(30, lifetime * 0.2));
}
