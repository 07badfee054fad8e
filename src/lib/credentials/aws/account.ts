import {hide} from '../../hidden.ts';
import type {Platform} from '../../environments/model.ts';
import type {WireOptions} from '../../http/wire.ts';
import {awsFailure} from './error.ts';
import {githubIdToken} from '../github.ts';
import {libraryAgent} from '../library-agent.ts';
import {notUnderstood, serviceUrl} from '../service.ts';
import {variable} from '../variable.ts';

/** Keys of AWS for a while. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export type AwsKeyProvider = () => Promise<AwsKeys>;

/** Where calls of the SDK go, and how. */
export interface AwsCalls {
  readonly env: NodeJS.ProcessEnv;
  readonly region: string;
  readonly wire?: WireOptions | undefined;
}

type Service = 'STS' | 'ECR' | 'KMS';

/** What every client of the SDK is made with: a region, an endpoint where one is overridden, and limits in milliseconds. */
export function clientSettings(calls: AwsCalls, service: Service, endpoint = endpointOf(calls.env, service)) {
  return {
    region: calls.region,
    ...(endpoint && {endpoint: endpoint.href}),
    maxAttempts: 4,
    requestHandler: requestHandler(calls, endpoint ?? usualEndpoint(calls, service)),
  };
}

/** The same for the clients that the SDK makes by itself on its way to keys. */
export function chainSettings(calls: AwsCalls) {
  const endpoint = endpointOf(calls.env, 'STS') ?? usualEndpoint(calls, 'STS');
  return {region: calls.region, requestHandler: requestHandler(calls, endpoint)};
}

function requestHandler({wire}: AwsCalls, endpoint: URL) {
  const httpsAgent = libraryAgent(endpoint, wire);
  return {connectionTimeout: 10_000, requestTimeout: 20_000, ...(httpsAgent && {httpsAgent})};
}

function usualEndpoint({region}: AwsCalls, service: Service): URL {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return new URL(`https://${service === 'ECR' ? 'api.ecr' : service.toLowerCase()}.${region}.${domain}`);
}

/** Checks the endpoint overrides before the SDK reads them. Raises `insecure-endpoint`. */
export function checkEndpoints(env: NodeJS.ProcessEnv): void {
  endpointOf(env, 'STS');
  endpointOf(env, 'ECR');
  endpointOf(env, 'KMS');
}

/** The role that belongs to a tenant in an account, or the one that is set; none where the account is not known. */
export function roleOf(
  env: NodeJS.ProcessEnv,
  {accountId, region}: Extract<Platform, {vendor: 'aws'}>,
  tenant: string,
): string | undefined {
  const named = variable(env, 'AWS_ROLE_ARN');
  if (named !== undefined || accountId === undefined || region === undefined) return named;
  return `arn:${partitionOf(region)}:iam::${accountId}:role/p2p-${tenant}`;
}

export interface WebIdentity extends AwsCalls {
  readonly role: string;
  readonly session: string;
}

/** GitHub's id-token → the role's keys. Raises `role-refused`, `provider-missing`, `provider-refused`. */
export async function assumeRole(identity: WebIdentity): Promise<AwsKeys> {
  const {role, session, env, wire} = identity;
  const idToken = await githubIdToken(env, 'sts.amazonaws.com', {wire});
  hide(idToken);
  const {AssumeRoleWithWebIdentityCommand, STSClient} = await import('./library.ts');
  const client = new STSClient(clientSettings(identity, 'STS'));
  const what = `AssumeRoleWithWebIdentity of ${role}`;
  try {
    const input = {RoleArn: role, RoleSessionName: session, WebIdentityToken: idToken};
    const {Credentials: keys} = await client.send(new AssumeRoleWithWebIdentityCommand(input));
    const {AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey} = keys ?? {};
    if (accessKeyId === undefined || secretAccessKey === undefined) throw notUnderstood(what, 'keys');
    return {
      accessKeyId,
      secretAccessKey,
      ...(keys?.SessionToken !== undefined && {sessionToken: keys.SessionToken}),
      ...(keys?.Expiration !== undefined && {expiration: keys.Expiration}),
    };
  } catch (error) {
    throw awsFailure(error, what);
  } finally {
    client.destroy();
  }
}

/** Who the keys belong to; null where that may not be asked. */
export async function callerOf(calls: AwsCalls, credentials: AwsKeyProvider): Promise<string | null> {
  const {GetCallerIdentityCommand, STSClient} = await import('./library.ts');
  const client = new STSClient({...clientSettings(calls, 'STS'), credentials});
  try {
    return (await client.send(new GetCallerIdentityCommand({}))).Arn ?? null;
  } catch {
    return null;
  } finally {
    client.destroy();
  }
}

function endpointOf(env: NodeJS.ProcessEnv, service: Service): URL | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true') return undefined;
  const name = [`AWS_ENDPOINT_URL_${service}`, 'AWS_ENDPOINT_URL'].find(
    (one) => variable(env, one) !== undefined,
  );
  return name === undefined ? undefined : serviceUrl(env[name] ?? '', name);
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
