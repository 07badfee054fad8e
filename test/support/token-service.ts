// The token services of GitHub and of the clouds, on one loopback port: each speaks its real protocol and is as strict.
import {readBody} from '../../src/lib/registry/body.ts';
import {empty, json} from '../../src/lib/registry/exchange.ts';
import {listen, type Listener} from '../../src/lib/registry/listener.ts';
import type {RequestLog} from '../../src/lib/registry/request-log.ts';
import {bearerOf, idTokenUse, Mint, type Part, type PartContext} from './token-mint.ts';
import {awsServices, type AwsAccount} from './token-service-aws.ts';
import {azureMetadata, entraService, type EntraApplication} from './token-service-azure.ts';
import {googleMetadata, googleServices, type GoogleProject} from './token-service-google.ts';

export interface TokenServiceOptions {
  /** The repository whose workflow runs; `acme/payments` unless told otherwise. */
  readonly repository?: string;
  readonly google?: readonly GoogleProject[];
  readonly aws?: readonly AwsAccount[];
  readonly azure?: readonly EntraApplication[];
  /** Credentials for registries that cannot be told of new ones, by holder. */
  readonly fixed?: Readonly<Record<string, string>>;
  /** Seconds that the clouds' tokens live; 3600 unless told otherwise. */
  readonly lifetime?: number;
  /** PEM; with it the services speak https. */
  readonly tls?: {readonly key: string; readonly cert: string};
}

export interface TokenService {
  readonly url: string;
  readonly mint: Mint;
  readonly log: RequestLog;
  /** What GitHub Actions sets for a job that may ask for id-tokens. */
  readonly github: Readonly<Record<string, string>>;
  /** The clouds' own variables that point their tools here. */
  readonly overrides: Readonly<Record<string, string>>;
  /** From now on an operation of ECR fails so. */
  refuse(operation: string, error: string): void;
  close(): Promise<void>;
}

const requestToken = 'actions-runtime-token';

/** Starts the services; whoever starts them closes them. */
export async function startTokenService(options: TokenServiceOptions = {}): Promise<TokenService> {
  const {repository = 'acme/payments', lifetime = 3600, google = [], aws = [], azure = []} = options;
  const context: PartContext = {mint: new Mint(options.fixed), lifetime, refusals: new Map()};
  const parts: Part[] = [
    githubService(context, repository),
    googleServices(context, google),
    googleMetadata(context, google[0]),
    awsServices(context, aws),
    entraService(context, azure),
    azureMetadata(context, azure[0]),
  ];
  const listener: Listener = await listen(
    async (exchange) => {
      const body = await readBody(exchange.body, 1 << 20);
      for (const part of parts) {
        const answer = part(exchange, body);
        if (answer) return answer;
      }
      return empty(404);
    },
    options.tls ? {tls: options.tls} : {},
  );
  const {url, log} = listener;
  return {
    url,
    log,
    mint: context.mint,
    github: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/github/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    },
    overrides: {
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STS: `${url}/google-sts/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: `${url}/google-iam/`,
      AWS_ENDPOINT_URL_STS: `${url}/aws-sts`,
      AWS_ENDPOINT_URL_ECR: `${url}/aws-ecr`,
      AZURE_AUTHORITY_HOST: `${url}/`,
    },
    refuse: (operation, error) => {
      context.refusals.set(operation, error);
    },
    close: () => listener.close(),
  };
}

// https://docs.github.com/en/actions/reference/security/oidc: GET with the request token, `audience` in the query
function githubService({mint}: PartContext, repository: string): Part {
  return (exchange) => {
    if (exchange.path !== '/github/token') return undefined;
    if (exchange.method !== 'GET' || bearerOf(exchange) !== requestToken) return empty(401);
    const audience = new URLSearchParams(exchange.query).get('audience') ?? '';
    return json(200, {value: mint.issue(idTokenUse(audience), `repo:${repository}`, 300).token});
  };
}
