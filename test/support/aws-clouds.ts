// dev and prod of AWS's kind: an account and a registry each.
import {cloudHome, mintedUsers, type CloudHome} from './clouds.ts';
import {pushImage, startTestRegistry, tagged, type TestRegistry} from './registry.ts';
import type {PushedManifest} from './registry-images.ts';
import type {AwsAccount} from './token-service-aws.ts';
import {startTokenService, type TokenService, type TokenServiceOptions} from './token-service.ts';

export interface AwsCloudsOptions extends Pick<TokenServiceOptions, 'repository' | 'tls'> {
  /** Whether the account of prod knows GitHub as a provider of identities. */
  readonly provider?: boolean;
  /** The repositories that exist in the account of prod. */
  readonly existing?: readonly string[];
}

export interface AwsClouds {
  readonly home: CloudHome;
  readonly tokens: TokenService;
  readonly dev: TestRegistry;
  readonly prod: TestRegistry;
  readonly image: PushedManifest;
  readonly accounts: {readonly dev: AwsAccount; readonly prod: AwsAccount};
  /** All that a job in GitHub Actions has, and where the clouds are. */
  readonly job: Readonly<Record<string, string>>;
  /** The digest at prod. */
  readonly promoted: () => Promise<string | undefined>;
  close(): Promise<void>;
}

/** The repository that an image is promoted to. */
export const awsRepository = 'tenant/payments/prod/app';

const account = (accountId: string, repositories: readonly string[] = []): AwsAccount => ({
  accountId,
  role: 'p2p-payments',
  repositories: new Set(repositories),
  keys: {id: `AKIA${accountId}`, secret: `canary-${accountId}`},
});

async function startAwsClouds(options: AwsCloudsOptions = {}): Promise<AwsClouds> {
  const {provider = true, existing = [], ...rest} = options;
  const accounts = {dev: account('111111111111'), prod: {...account('222222222222', existing), provider}};
  const tokens = await startTokenService({aws: Object.values(accounts), ...rest});
  const everything = [{prefix: '', actions: ['pull', 'push'] as const}];
  const all = Object.fromEntries(Object.values(accounts).map(({accountId}) => [accountId, everything]));
  const [dev, prod] = await Promise.all(
    Object.values(accounts).map(({accountId}) => {
      const users = mintedUsers(tokens.mint, {[accountId]: all[accountId]!}, 'AWS');
      return startTestRegistry({auth: {kind: 'basic', users}});
    }),
  );
  refuseMissing(prod!, accounts.prod);
  const image = await pushImage(dev!, 'tenant/payments/extended-test/app', '1.0.0', {layers: 2});
  const environment = (name: string, {accountId}: AwsAccount, {host}: TestRegistry) => ({
    name,
    platform: `{vendor: aws, accountId: "${accountId}", region: eu-west-2}`,
    registry: `${host}/tenant/{tenant}/{stage}`,
  });
  const home = await cloudHome([
    environment('dev', accounts.dev, dev!),
    environment('prod', accounts.prod, prod!),
  ]);
  return {
    home,
    tokens,
    dev: dev!,
    prod: prod!,
    image,
    accounts,
    job: {...tokens.github, ...tokens.overrides},
    promoted: () => tagged(prod!, awsRepository, '1.0.0'),
    close: async () => {
      await Promise.all([dev!.close(), prod!.close(), tokens.close()]);
      home.remove();
    },
  };
}

/** ECR refuses what does not exist, whoever asks; here the registry itself does. */
function refuseMissing({faults}: TestRegistry, {repositories}: AwsAccount): void {
  faults.add({
    match: ({path, method}) =>
      method !== 'HEAD' && !repositories.has(/^\/v2\/(.+?)\/(?:blobs|manifests)\//.exec(path)?.[1] ?? ''),
    action: {
      status: 404,
      body: '{"errors":[{"code":"NAME_UNKNOWN","message":"The repository does not exist"}]}',
    },
  });
}

/** In a `describe`: clouds that are closed after each test. */
export function awsCloudsOfTest(): (options?: AwsCloudsOptions) => Promise<AwsClouds> {
  const open: AwsClouds[] = [];
  afterEach(() => Promise.all(open.splice(0).map((clouds) => clouds.close())));
  return async (options) => {
    const clouds = await startAwsClouds(options);
    open.push(clouds);
    return clouds;
  };
}
