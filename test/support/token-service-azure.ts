// Microsoft Entra's token endpoint, and the token exchange of an Azure registry.
import {readBody} from '../../src/lib/registry/body.ts';
import {json, type Intercept} from '../../src/lib/registry/exchange.ts';
import {idTokenUse, webToken, type Mint, type Part, type PartContext} from './token-mint.ts';

/** An application with a federated credential for a repository. */
export interface EntraApplication {
  readonly tenantId: string;
  readonly clientId: string;
  /** `acme/payments` unless told otherwise. */
  readonly repository?: string;
}

/** Answers at /TENANT/oauth2/v2.0/token. */
export function entraService({mint, lifetime}: PartContext, applications: readonly EntraApplication[]): Part {
  return ({path}, body) => {
    const tenantId = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(path)?.[1];
    if (tenantId === undefined) return undefined;
    const form = new URLSearchParams(body.toString());
    const refused = (error: string, description: string) =>
      json(401, {error, error_description: description});
    const application = applications.find(
      (one) => one.tenantId === tenantId && one.clientId === form.get('client_id'),
    );
    if (!application)
      return refused('unauthorized_client', 'AADSTS700016: Application was not found in the directory.');
    const assertion = mint.known(
      form.get('client_assertion') ?? '',
      idTokenUse('api://AzureADTokenExchange'),
    );
    if (assertion?.holder !== `repo:${application.repository ?? 'acme/payments'}`)
      return refused(
        'invalid_client',
        'AADSTS700213: No matching federated identity record found for presented assertion subject.',
      );
    if (form.get('scope') !== 'https://containerregistry.azure.net/.default')
      return refused(
        'invalid_scope',
        'AADSTS70011: The provided value for the input parameter scope is not valid.',
      );
    const {token} = mint.issue('entra', application.clientId, 3600);
    return json(200, {access_token: token, expires_in: Math.max(lifetime, 60), token_type: 'Bearer'});
  };
}

/** In front of a built-in registry with bearer tokens: /oauth2/exchange hands out refresh tokens that live `seconds`. */
export function acrExchange(mint: Mint, seconds: number): Intercept {
  return async (exchange, next) => {
    if (exchange.path !== '/oauth2/exchange') return next(exchange);
    const form = new URLSearchParams((await readBody(exchange.body, 65_536)).toString());
    const caller = mint.known(form.get('access_token') ?? '', 'entra');
    const fits = form.get('grant_type') === 'access_token' && form.get('service') === exchange.headers.host;
    if (!caller || !fits)
      return json(401, {errors: [{code: 'UNAUTHORIZED', message: 'authentication required'}]});
    const exp = Math.floor(Date.now() / 1000) + seconds;
    const {token} = mint.issue('login', caller.holder, seconds, webToken({exp}));
    return json(200, {refresh_token: token});
  };
}
