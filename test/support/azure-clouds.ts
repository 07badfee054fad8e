// dev and prod of Azure's kind, on one registry, with one application.
import {cloudHome, mintedUsers, type CloudHome} from './clouds.ts';
import {pushImage, startTestRegistry, tagged, type TestRegistry} from './registry.ts';
import type {PushedManifest} from './registry-images.ts';
import {acrExchange, type EntraApplication} from './token-service-azure.ts';
import {startTokenService, type TokenService, type TokenServiceOptions} from './token-service.ts';

export interface AzureCloudsOptions
  extends Pick<TokenServiceOptions, 'tls'>, Pick<EntraApplication, 'repository' | 'secret'> {
  /** Whether the registry takes the application's tokens. */
  readonly known?: boolean;
}

export interface AzureClouds {
  readonly home: CloudHome;
  readonly tokens: TokenService;
  readonly registry: TestRegistry;
  readonly image: PushedManifest;
  /** All that a job in GitHub Actions has, and where the clouds are. */
  readonly job: Readonly<Record<string, string>>;
  /** The application's names, as variables. */
  readonly application: Readonly<Record<string, string>>;
  /** The digest at prod. */
  readonly promoted: () => Promise<string | undefined>;
  close(): Promise<void>;
}

const everything = [{prefix: '', actions: ['pull', 'push'] as const}];

async function startAzureClouds(options: AzureCloudsOptions = {}): Promise<AzureClouds> {
  const {tls, known = true, ...rest} = options;
  const tokens = await startTokenService({
    azure: [{tenantId: 'tenant-1', clientId: 'client-1', ...rest}],
    ...(tls && {tls}),
  });
  const users = mintedUsers(tokens.mint, {'client-1': everything});
  const registry = await startTestRegistry({auth: {kind: 'bearer', users, expiresIn: 60}});
  const refused = {status: 401, body: '{"errors":[{"code":"UNAUTHORIZED","message":"not of this tenant"}]}'};
  registry.faults.add(
    known
      ? {action: {intercept: acrExchange(tokens.mint, 3600)}}
      : {path: /^\/oauth2\/exchange/, action: refused},
  );
  const image = await pushImage(registry, 'dev/payments/extended-test/app', '1.0.0', {layers: 2});
  const home = await cloudHome(
    ['dev', 'prod'].map((name) => ({
      name,
      platform: `{vendor: azure, containerRegistry: ${name}registry}`,
      registry: `${registry.host}/${name}/{tenant}/{stage}`,
    })),
  );
  const application = {AZURE_CLIENT_ID: 'client-1', AZURE_TENANT_ID: 'tenant-1'};
  return {
    home,
    tokens,
    registry,
    image,
    job: {...tokens.github, ...tokens.overrides, ...application},
    application: {...application, AZURE_AUTHORITY_HOST: tokens.overrides.AZURE_AUTHORITY_HOST ?? ''},
    promoted: () => tagged(registry, 'prod/payments/prod/app', '1.0.0'),
    close: async () => {
      await Promise.all([registry.close(), tokens.close()]);
      home.remove();
    },
  };
}

/** In a `describe`: clouds that are closed after each test. */
export function azureCloudsOfTest(): (options?: AzureCloudsOptions) => Promise<AzureClouds> {
  const open: AzureClouds[] = [];
  afterEach(() => Promise.all(open.splice(0).map((clouds) => clouds.close())));
  return async (options) => {
    const clouds = await startAzureClouds(options);
    open.push(clouds);
    return clouds;
  };
}
