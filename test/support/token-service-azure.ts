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
  /** A secret that stands for the application as well. */
  readonly secret?: string;
}

/** Answers at /TENANT/oauth2/v2.0/token, and tells its endpoints at /TENANT/v2.0/.well-known/openid-configuration. */
export function entraService({mint, lifetime}: PartContext, applications: readonly EntraApplication[]): Part {
  return ({path, origin}, body) => {
    const [, tenantId, what] =
      /^\/([^/]+)\/(oauth2\/v2\.0\/token|v2\.0\/\.well-known\/openid-configuration)$/.exec(path) ?? [];
    if (tenantId === undefined) return undefined;
    if (what?.startsWith('v2.0')) return json(200, openIdConfiguration(`${origin}/${tenantId}`));
    const form = new URLSearchParams(body.toString());
    const refused = (error: string, description: string) =>
      json(401, {error, error_description: description});
    const application = applications.find(
      (one) => one.tenantId === tenantId && one.clientId === form.get('client_id'),
    );
    if (!application)
      return refused('unauthorized_client', 'AADSTS700016: Application was not found in the directory.');
    const secret = form.get('client_secret');
    if (secret !== null && secret !== application.secret)
      return refused('invalid_client', 'AADSTS7000215: Invalid client secret provided.');
    const assertion = mint.known(
      form.get('client_assertion') ?? '',
      idTokenUse('api://AzureADTokenExchange'),
    );
    if (secret === null && assertion?.holder !== `repo:${application.repository ?? 'acme/payments'}`)
      return refused(
        'invalid_client',
        'AADSTS700213: No matching federated identity record found for presented assertion subject.',
      );
    if (form.get('scope')?.split(' ')[0] !== 'https://containerregistry.azure.net/.default')
      return refused(
        'invalid_scope',
        'AADSTS70011: The provided value for the input parameter scope is not valid.',
      );
    const {token} = mint.issue('entra', application.clientId, 3600);
    return json(200, {access_token: token, expires_in: Math.max(lifetime, 60), token_type: 'Bearer'});
  };
}

const openIdConfiguration = (authority: string) => ({
  issuer: `${authority}/v2.0`,
  authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
  token_endpoint: `${authority}/oauth2/v2.0/token`,
  jwks_uri: `${authority}/discovery/v2.0/keys`,
});

/** The secret that App Service gives to its programs. */
export const appServiceSecret = 'app-service-secret';

/** The managed identity of an App Service (IDENTITY_ENDPOINT with IDENTITY_HEADER): the application's. */
export function azureMetadata(
  {mint, lifetime}: PartContext,
  application: EntraApplication | undefined,
): Part {
  return ({path, query, headers}) => {
    if (path !== '/msi/token') return undefined;
    const asked = new URLSearchParams(query);
    const fits = headers['x-identity-header'] === appServiceSecret && asked.has('api-version', '2019-08-01');
    if (application === undefined || !fits) return json(401, {error: 'unauthorized'});
    if (asked.get('resource')?.replace(/\/$/, '') !== 'https://containerregistry.azure.net')
      return json(400, {error: 'invalid_resource'});
    const {token, expires} = mint.issue('entra', application.clientId, Math.max(lifetime, 3600));
    return json(200, {
      access_token: token,
      expires_on: String(Math.floor(expires / 1000)),
      token_type: 'Bearer',
      resource: asked.get('resource'),
    });
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
