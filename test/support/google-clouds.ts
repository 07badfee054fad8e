// dev, prod-eu and prod-us of Google's kind, on one registry host, each with a project and a service account of its own.
import type {Permission} from '../../src/lib/registry/access.ts';
import type {RegistryOptions} from '../../src/lib/registry/server.ts';
import {cloudHome, mintedUsers, type CloudHome} from './clouds.ts';
import {pushImage, startTestRegistry, tagged, type TestRegistry} from './registry.ts';
import type {PushedManifest, ImageOptions} from './registry-images.ts';
import {accountOf, type GoogleProject} from './token-service-google.ts';
import {startTokenService, type TokenService, type TokenServiceOptions} from './token-service.ts';

export const names = ['dev', 'prod-eu', 'prod-us'] as const;
export type Name = (typeof names)[number];

export const projectOf = (name: Name): GoogleProject => ({
  projectId: `core-${name}`,
  projectNumber: `10000000000${names.indexOf(name)}`,
  tenant: 'payments',
});

export const account = (name: Name): string => accountOf(projectOf(name));

export interface GoogleCloudsOptions extends Pick<TokenServiceOptions, 'lifetime' | 'repository' | 'tls'> {
  /** More about the projects. */
  readonly projects?: Partial<Record<Name, Partial<GoogleProject>>>;
  /** Project numbers that the environments repository has wrong. */
  readonly wrongNumbers?: Partial<Record<Name, string>>;
  /** What the account of an environment may do below its project, instead of all. */
  readonly rights?: Partial<Record<Name, Permission['actions']>>;
  readonly registry?: Omit<RegistryOptions, 'auth'>;
  /** Bearer tokens of the registry's own, living for so many seconds; basic without it. */
  readonly bearer?: number;
  readonly image?: ImageOptions;
}

export interface GoogleClouds {
  readonly home: CloudHome;
  readonly registry: TestRegistry;
  readonly tokens: TokenService;
  readonly image: PushedManifest;
  /** All that a job in GitHub Actions has, and where the clouds are. */
  readonly job: Readonly<Record<string, string>>;
  /** The digest at prod or, for dev, at extended-test. */
  promoted(name: Name): Promise<string | undefined>;
  close(): Promise<void>;
}

const repositoryIn = (name: Name, stage: string): string => `core-${name}/tenant/payments/${stage}/app`;

/** Starts all of it, with `app:1.0.0` in extended-test of dev. */
async function startGoogleClouds(options: GoogleCloudsOptions = {}): Promise<GoogleClouds> {
  const {rights = {}, lifetime, repository, tls} = options;
  const google = names.map((name) => ({...projectOf(name), ...options.projects?.[name]}));
  const tokens = await startTokenService({
    google,
    ...(lifetime !== undefined && {lifetime}),
    ...(repository !== undefined && {repository}),
    ...(tls && {tls}),
  });
  const permissions = Object.fromEntries(
    names.map((name) => [
      account(name),
      [{prefix: `core-${name}`, actions: rights[name] ?? (['pull', 'push', 'delete'] as const)}],
    ]),
  );
  const users = mintedUsers(tokens.mint, permissions);
  const {bearer} = options;
  const registry = await startTestRegistry({
    ...options.registry,
    auth: bearer === undefined ? {kind: 'basic', users} : {kind: 'bearer', users, expiresIn: bearer},
  });
  const image = await pushImage(
    registry,
    repositoryIn('dev', 'extended-test'),
    '1.0.0',
    options.image ?? {layers: 3},
  );
  const closeServers = () => Promise.all([registry.close(), tokens.close()]);
  const home = await cloudHome(
    google.map(({projectId, projectNumber}, i) => ({
      name: names[i]!,
      platform: `{vendor: gcp, projectId: ${projectId}, projectNumber: "${options.wrongNumbers?.[names[i]!] ?? projectNumber}", region: europe-west2}`,
      registry: `${registry.host}/${projectId}/tenant/{tenant}/{stage}`,
    })),
  ).catch(async (error: unknown) => {
    await closeServers();
    throw error;
  });
  return {
    home,
    registry,
    tokens,
    image,
    job: {...tokens.github, ...tokens.overrides},
    promoted: (name) =>
      tagged(registry, repositoryIn(name, name === 'dev' ? 'extended-test' : 'prod'), '1.0.0'),
    close: async () => {
      await closeServers();
      home.remove();
    },
  };
}

/** In a `describe`: clouds that are closed after each test. */
export function googleCloudsOfTest(): (options?: GoogleCloudsOptions) => Promise<GoogleClouds> {
  let open: GoogleClouds[] = [];
  afterEach(async () => {
    await Promise.all(open.map((clouds) => clouds.close()));
    open = [];
  });
  return async (options) => {
    const clouds = await startGoogleClouds(options);
    open.push(clouds);
    return clouds;
  };
}

export const toProd = [
  'p2p',
  'promote',
  'app:1.0.0',
  '-t',
  'payments',
  '--from-stage',
  'extended-test',
  '--json',
];
