import {access} from 'node:fs/promises';
import {homedir} from 'node:os';
import path from 'node:path';
import {hide} from '../../hidden.ts';
import {tradeForRegistry} from './acr.ts';
import {chainToken} from './chain.ts';
import {credentialFailure} from '../failures.ts';
import {githubIdToken, hasIdToken} from '../github.ts';
import {tokenIn, type AccessToken} from '../access-token.ts';
import type {Candidate, GrantSource} from '../grant.ts';
import {callService, reasonOf, serviceUrl, textIn, type Via} from '../service.ts';
import {variable} from '../variable.ts';
import {claimsIn} from '../web-token.ts';

export interface AzureContext {
  readonly env: NodeJS.ProcessEnv;
}

/** What registries accept tokens for, in every Azure cloud. */
const registryScope = 'https://containerregistry.azure.net/.default';

/** The sources of Azure credentials in the order in which they are looked for. */
export function azureCandidates(context: AzureContext): Candidate[] {
  return [federation, defaultChain].map((find) => async () => {
    const login = await find(context);
    return login && sourceOf(login);
  });
}

/**
 * A token of whoever runs corectl, for a key vault at a host. Raises `no-credentials` and what its source raises.
 */
export async function ownVaultToken({env}: AzureContext, host: string, via: Via): Promise<AccessToken> {
  const login = federation({env}) ?? (await defaultChain({env}));
  if (login === undefined)
    throw credentialFailure('no-credentials', 'no Azure credential for Azure Key Vault');
  const [, cloud = 'vault.azure.net'] = vaultHost.exec(host) ?? [];
  const token = await login.token(`https://${cloud}/.default`, via);
  hide(token.token);
  return token;
}

/** Who takes a vault's tokens: everything after its name, in each of Azure's clouds. */
const vaultHost = /^[^.]+\.(vault\.azure\.cn|vault\.usgovcloudapi\.net|managedhsm\.azure\.net)$/;

function federation({env}: AzureContext): Login | undefined {
  const [client, tenant] = [variable(env, 'AZURE_CLIENT_ID'), variable(env, 'AZURE_TENANT_ID')];
  if (!hasIdToken(env) || client === undefined || tenant === undefined) return undefined;
  const origin = `GitHub id-token, federated credential of ${client} in tenant ${tenant}`;
  return {
    key: `azure federation ${tenant} ${client}`,
    origin,
    principal: `application ${client}`,
    token: async (scope, via) => {
      const assertion = await githubIdToken(env, 'api://AzureADTokenExchange', via);
      hide(assertion);
      return entraToken(env, {client, tenant, scope, assertion}, via);
    },
  };
}

interface Assertion {
  readonly client: string;
  readonly tenant: string;
  readonly scope: string;
  readonly assertion: string;
}

/** Entra's client credentials grant with an assertion (RFC 7523). Raises `application-refused`. */
async function entraToken(
  env: NodeJS.ProcessEnv,
  {client, tenant, scope, assertion}: Assertion,
  via: Via,
): Promise<AccessToken> {
  const authority = authorityOf(env);
  const name = `Microsoft Entra at ${authority.host}`;
  const answer = await callService({
    name,
    url: new URL(`/${encodeURIComponent(tenant)}/oauth2/v2.0/token`, authority),
    form: {
      grant_type: 'client_credentials',
      client_id: client,
      scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    },
    ...via,
  });
  if (answer.status !== 200) throw credentialFailure('application-refused', `${name}: ${reasonOf(answer)}`);
  return tokenIn(name, answer);
}

async function defaultChain({env}: AzureContext): Promise<Login | undefined> {
  if (!(await hasSigns(env))) return undefined;
  return {
    key: 'azure chain',
    origin: "the Azure SDK's default chain",
    principal: null,
    token: (scope, via) =>
      chainToken(
        {scope, authority: authorityOf(env), named: variable(env, 'AZURE_AUTHORITY_HOST') !== undefined},
        via,
      ),
  };
}

interface Login {
  readonly key: string;
  readonly origin: string;
  readonly principal: string | null;
  readonly token: (scope: string, via: Via) => Promise<AccessToken>;
}

/** The trade at the registry is part of the source: what it gives is good for one registry only. */
function sourceOf({key, origin, principal, token}: Login): GrantSource {
  return {
    key,
    perHost: true,
    origin,
    obtain: async (request) => {
      const entra = await token(registryScope, request);
      hide(entra.token);
      const traded = await tradeForRegistry(request, entra.token, request);
      return {...traded, principal: principal ?? whoIs(entra.token), origin};
    },
  };
}

/** The name in an Entra token, which is nobody's to check but the registry's; for display only. */
function whoIs(token: string): string | null {
  const claims = claimsIn(token);
  return textIn(claims, 'upn') ?? textIn(claims, 'unique_name') ?? textIn(claims, 'appid') ?? null;
}

/** Anything that the SDK's chain would find at once; without it, it starts programs and waits for a metadata server. */
async function hasSigns(env: NodeJS.ProcessEnv): Promise<boolean> {
  const names = [
    'AZURE_CLIENT_SECRET',
    'AZURE_CLIENT_CERTIFICATE_PATH',
    'AZURE_FEDERATED_TOKEN_FILE',
    'AZURE_TOKEN_CREDENTIALS',
    'AZURE_POD_IDENTITY_AUTHORITY_HOST',
    'IDENTITY_ENDPOINT',
    'MSI_ENDPOINT',
  ];
  if (names.some((name) => variable(env, name) !== undefined)) return true;
  const folder = variable(env, 'AZURE_CONFIG_DIR') ?? path.join(env.HOME ?? homedir(), '.azure');
  return access(path.join(folder, 'azureProfile.json')).then(
    () => true,
    () => false,
  );
}

const authorityOf = (env: NodeJS.ProcessEnv): URL =>
  serviceUrl(
    variable(env, 'AZURE_AUTHORITY_HOST') ?? 'https://login.microsoftonline.com',
    'AZURE_AUTHORITY_HOST',
  );
