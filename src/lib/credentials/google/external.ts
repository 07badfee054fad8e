import {isRecord} from '../../is-record.ts';
import path from 'node:path';
import {CorectlError, messageOf} from '../../errors.ts';
import {printable} from '../../printable.ts';
import {basicAuthorization} from '../../distribution/token.ts';
import {required, unusable} from '../credential-file.ts';
import {beforeDeadline} from '../deadline.ts';
import {credentialFailure} from '../failures.ts';
import type {FileIdentity} from './file-identity.ts';
import {tokenServiceUrl, tradeToken, type TokenTrade} from './federation.ts';
import {impersonate, impersonationAt} from './impersonation.ts';
import type {ExternalAccountClient} from './library.ts';
import type {AccessToken} from '../access-token.ts';
import {libraryAgent} from '../library-agent.ts';
import {isUnreachable} from '../library-error.ts';
import {serviceUrl, textIn, type Via} from '../service.ts';
import {variable} from '../variable.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Milliseconds for the library's part, which has no limit of its own. */
const libraryLimit = 60_000;

/**
 * The identity of an external account. The library gets the token that stands for it from wherever the file says; to
 * trade it and to impersonate is asked for here. Raises `unsupported-credential-file` and `insecure-endpoint`, before anyone is asked.
 */
export function externalAccount(file: string, value: Fields, env: NodeJS.ProcessEnv): FileIdentity {
  const {service_account_impersonation_url: url, service_account_impersonation: settings} = value;
  const trade = tradeIn(file, value, env);
  const impersonation = typeof url === 'string' ? impersonationAt(env, url, file) : undefined;
  const seconds = isRecord(settings) ? Number(settings.token_lifetime_seconds) : Number.NaN;
  const lifetime = seconds > 0 ? seconds : undefined;
  return {
    principal: impersonation?.account ?? null,
    token: async (via) => {
      const account = accountOf(value, trade.url);
      // a certificate is shown while trading, which only the library can
      const federated = isRecord(sourceIn(value).certificate)
        ? await byLibrary(file, account, via, tokenOf)
        : await tradeToken({...trade, subjectToken: await byLibrary(file, account, via, subjectOf)}, via);
      return impersonation === undefined
        ? federated
        : impersonate({...impersonation, lifetime}, federated, via);
    },
  };
}

function tradeIn(file: string, value: Fields, env: NodeJS.ProcessEnv): Omit<TokenTrade, 'subjectToken'> {
  const subjectUrl = textIn(sourceIn(value), 'url');
  if (subjectUrl !== undefined) serviceUrl(subjectUrl, `${file}: credential_source.url`);
  return {
    name: `token service for ${printable(path.basename(file))}`,
    url: serviceUrlIn(file, value, env),
    audience: required(file, value, 'audience'),
    subjectTokenType: required(file, value, 'subject_token_type'),
    ...clientIn(value),
  };
}

const sourceIn = ({credential_source: source}: Fields): Fields => (isRecord(source) ? source : {});

function serviceUrlIn(file: string, value: Fields, env: NodeJS.ProcessEnv): URL {
  const named = textIn(value, 'token_url');
  const overridden = variable(env, 'CLOUDSDK_API_ENDPOINT_OVERRIDES_STS') !== undefined;
  return named === undefined || overridden ? tokenServiceUrl(env) : serviceUrl(named, `${file}: token_url`);
}

/** Who asks, where the file tells: a client with a secret or, for a workforce, the project that is charged. */
function clientIn(value: Fields): {headers?: Record<string, string>; options?: string} {
  const client = textIn(value, 'client_id');
  const project = textIn(value, 'workforce_pool_user_project');
  if (client !== undefined) {
    const login = {username: client, password: textIn(value, 'client_secret') ?? ''};
    return {headers: {authorization: basicAuthorization(login)}};
  }
  return project === undefined ? {} : {options: JSON.stringify({userProject: project})};
}

/** What the library is to know: not the impersonation, and the token service's address as it was checked. */
function accountOf(value: Fields, url: URL): Fields {
  const impersonation = ['service_account_impersonation_url', 'service_account_impersonation'];
  const rest = Object.entries(value).filter(([key]) => !impersonation.includes(key));
  return {...Object.fromEntries(rest), token_url: url.href};
}

type Client = NonNullable<ReturnType<typeof ExternalAccountClient.fromJSON>>;

const subjectOf = (client: Client): Promise<string> => client.retrieveSubjectToken();

async function tokenOf(client: Client): Promise<AccessToken> {
  const {token} = await client.getAccessToken();
  if (typeof token !== 'string') throw new Error('it led to no token');
  return {token, expires: client.credentials.expiry_date ?? undefined};
}

async function byLibrary<T>(
  file: string,
  account: Fields,
  {wire}: Via,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const {ExternalAccountClient} = await import('./library.ts');
  try {
    const transporterOptions = {agent: (url: URL) => libraryAgent(url, wire)};
    const options = {...account, transporterOptions} as unknown;
    const client = ExternalAccountClient.fromJSON(
      options as Parameters<typeof ExternalAccountClient.fromJSON>[0],
    );
    if (client === null) throw unusable(file, 'expected an external account');
    return await beforeDeadline(libraryLimit, work(client));
  } catch (error) {
    if (error instanceof CorectlError) throw error;
    // the library's message holds the service's words, not what was sent
    const message = `credential file ${printable(path.basename(file))}: ${printable(messageOf(error), 400)}`;
    throw credentialFailure(isUnreachable(error) ? 'token-service-unreachable' : 'token-refused', message, {
      cause: error,
    });
  }
}
