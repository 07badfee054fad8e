import type {ECRClient} from './library.ts';
import {awsCode, awsFailure} from './error.ts';
import {clientSettings, type AwsCalls, type AwsKeyProvider} from './account.ts';
import {credentialFailure} from '../failures.ts';
import {notUnderstood} from '../service.ts';
import type {Credential} from '../../distribution/credential.ts';

/** One account's registry in one region. */
export interface Ecr extends AwsCalls {
  /** The account of the registry; absent for the keys' own. */
  readonly accountId?: string | undefined;
  readonly keys: AwsKeyProvider;
}

/** The registry's login and its end (GetAuthorizationToken; 12 hours as a rule). */
export async function ecrLogin(ecr: Ecr): Promise<{credential: Credential; expires?: number | undefined}> {
  const what = `GetAuthorizationToken in ${ecr.region}`;
  return withClient(ecr, what, async (client) => {
    const {GetAuthorizationTokenCommand} = await import('./library.ts');
    const {authorizationData} = await client.send(new GetAuthorizationTokenCommand({}));
    const [{authorizationToken = '', expiresAt} = {}] = authorizationData ?? [];
    const [, username, password] =
      /^([^:]+):(.+)$/s.exec(Buffer.from(authorizationToken, 'base64').toString()) ?? [];
    if (username === undefined || password === undefined) throw notUnderstood(what, 'a login');
    return {credential: {kind: 'basic', username, password}, expires: expiresAt?.getTime()};
  });
}

/**
 * Looks for a repository and, where `create` is set, creates a missing one: with immutable tags, and scanned on push.
 * `unknown` where the keys may not look. Raises `repository-not-created`.
 */
export async function ensureRepository(
  ecr: Ecr,
  path: string,
  create: boolean,
): Promise<'present' | 'missing' | 'created' | 'unknown'> {
  return withClient(ecr, `DescribeRepositories in ${ecr.region}`, async (client) => {
    const found = await describeRepository(client, ecr, path);
    return found === 'missing' && create ? createRepository(client, ecr, path) : found;
  });
}

async function describeRepository(
  client: ECRClient,
  ecr: Ecr,
  path: string,
): Promise<'present' | 'missing' | 'unknown'> {
  const {DescribeRepositoriesCommand} = await import('./library.ts');
  try {
    await client.send(new DescribeRepositoriesCommand({...registryOf(ecr), repositoryNames: [path]}));
    return 'present';
  } catch (error) {
    if (awsCode(error) === 'RepositoryNotFoundException') return 'missing';
    if (awsCode(error).startsWith('AccessDenied')) return 'unknown';
    throw error;
  }
}

async function createRepository(client: ECRClient, ecr: Ecr, path: string): Promise<'present' | 'created'> {
  const {CreateRepositoryCommand} = await import('./library.ts');
  const input = {
    ...registryOf(ecr),
    repositoryName: path,
    imageTagMutability: 'IMMUTABLE',
    imageScanningConfiguration: {scanOnPush: true},
  } as const;
  try {
    await client.send(new CreateRepositoryCommand(input));
    return 'created';
  } catch (error) {
    // another run may have been faster
    if (awsCode(error) === 'RepositoryAlreadyExistsException') return 'present';
    const {message} = awsFailure(error, `CreateRepository ${path} in ${ecr.region}`);
    throw credentialFailure('repository-not-created', message, {cause: error});
  }
}

const registryOf = ({accountId}: Ecr) => (accountId === undefined ? {} : {registryId: accountId});

async function withClient<T>(ecr: Ecr, what: string, work: (client: ECRClient) => Promise<T>): Promise<T> {
  const {ECRClient} = await import('./library.ts');
  const client = new ECRClient({...clientSettings(ecr, 'ECR'), credentials: ecr.keys});
  try {
    return await work(client);
  } catch (error) {
    throw awsFailure(error, what);
  } finally {
    client.destroy();
  }
}
