import {access, readFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import path from 'node:path';
import {hide} from '../../hidden.ts';
import type {Platform} from '../../environments/model.ts';
import {
  assumeRole,
  callerOf,
  chainSettings,
  checkEndpoints,
  roleOf,
  type AwsCalls,
  type AwsKeyProvider,
  type AwsKeys,
} from './account.ts';
import {readCredentialFile, unusable} from '../credential-file.ts';
import {credentialFailure} from '../failures.ts';
import {ecrLogin, ensureRepository, type Ecr} from './ecr.ts';
import type {WireOptions} from '../../http/wire.ts';
import {hasIdToken} from '../github.ts';
import type {Candidate, GrantSource} from '../grant.ts';
import {renewing, type RenewalRequest} from '../renewal.ts';
import {warnOfReadable} from '../secrets.ts';
import type {Teller} from '../teller.ts';
import {variable} from '../variable.ts';

export interface AwsContext {
  readonly env: NodeJS.ProcessEnv;
  readonly teller: Teller;
  readonly platform: Extract<Platform, {vendor: 'aws'}> | undefined;
  /** `host[:port]` of the registry, where it is known. */
  readonly host?: string | undefined;
  readonly tenant: string | undefined;
  readonly wire?: WireOptions | undefined;
}

/** The sources of AWS credentials in the order in which they are looked for. */
export function awsCandidates(context: AwsContext): Candidate[] {
  return [() => federation(context), () => defaultChain(context)];
}

/**
 * The keys of whoever runs corectl, for what is no environment's: of the role of AWS_ROLE_ARN in a job that may ask for an id-token,
 * else by the SDK's default chain. Raises `no-credentials`, and later what the chain raises.
 */
export async function ownAwsKeys(calls: AwsCalls, teller: Teller): Promise<AwsKeyProvider> {
  const {env} = calls;
  const role = variable(env, 'AWS_ROLE_ARN');
  if (role !== undefined && hasIdToken(env))
    return kept(() => assumeRole({...calls, role, session: 'corectl-records'}));
  const {files, applies} = await signsOfAws(env);
  if (!applies) throw credentialFailure('no-credentials', 'no AWS credential for AWS KMS');
  await Promise.all(files.map((file) => warnOfReadable(file, teller)));
  return kept(chainKeys(calls));
}

/** The region that the user's variables say, else the SDK's first. */
export const usualRegion = (env: NodeJS.ProcessEnv): string =>
  variable(env, 'AWS_REGION') ?? variable(env, 'AWS_DEFAULT_REGION') ?? 'us-east-1';

/** The source for a profile in a file of the form of `~/.aws/credentials`: AWS_PROFILE, else `default`, else the only one. */
export function awsFileSource(file: string, profiles: readonly string[], context: AwsContext): GrantSource {
  const {env} = context;
  const only = profiles.length === 1 ? profiles[0] : undefined;
  const profile =
    variable(env, 'AWS_PROFILE') ?? (profiles.includes('default') ? 'default' : (only ?? 'default'));
  const keys: AwsKeyProvider = async () => {
    checkEndpoints(env);
    refuseProcess(file, readCredentialFile(file));
    const {fromIni} = await import('./library.ts');
    return fromIni({
      profile,
      filepath: file,
      configFilepath: file,
      clientConfig: chainSettings(callsOf(context)),
    })();
  };
  return sourceOf(context, {
    key: `aws file ${path.resolve(file)} ${profile}`,
    origin: `override file ${file} (profile ${profile})`,
    keys,
  });
}

/**
 * Raises `unsupported-credential-file` for a file that names a program to run: a file that was handed in is data, and only
 * the user's own configuration may have programs run.
 */
export function refuseProcess(file: string, text: string): void {
  if (/^\s*credential_process\s*=/m.test(text))
    throw unusable(
      file,
      "it names a program to run (credential_process), which is done for AWS's own configuration only (AWS_CONFIG_FILE)",
    );
}

/** The names of the profiles in a file; none where it is no such file. */
export function profilesIn(text: string): string[] {
  return [...text.matchAll(/^\s*\[\s*(?:profile\s+)?([^\]\s]+)\s*\]/gm)].map(([, name = '']) => name);
}

function federation(context: AwsContext): GrantSource | undefined {
  const {env, platform, tenant} = context;
  if (!hasIdToken(env) || platform === undefined || tenant === undefined) return undefined;
  const role = roleOf(env, platform, tenant);
  if (role === undefined) return undefined;
  const session = `corectl-${tenant}`.slice(0, 64);
  return sourceOf(context, {
    key: `aws federation ${role}`,
    origin: 'GitHub id-token, AssumeRoleWithWebIdentity',
    principal: role,
    keys: () => assumeRole({...callsOf(context), role, session}),
  });
}

async function defaultChain(context: AwsContext): Promise<GrantSource | undefined> {
  const {env, teller} = context;
  const {files, applies} = await signsOfAws(env);
  if (!applies) return undefined;
  await Promise.all(files.map((file) => warnOfReadable(file, teller)));
  const keys = chainKeys(callsOf(context));
  const profile = variable(env, 'AWS_PROFILE');
  const origin = `the AWS SDK's default chain${profile === undefined ? '' : ` (profile ${profile})`}`;
  return sourceOf(context, {key: 'aws chain', origin, keys});
}

const chainKeys =
  (calls: AwsCalls): AwsKeyProvider =>
  async () => {
    checkEndpoints(calls.env);
    const {fromNodeProviderChain} = await import('./library.ts');
    return fromNodeProviderChain({timeout: 3000, maxRetries: 1, clientConfig: chainSettings(calls)})();
  };

interface Keys {
  readonly key: string;
  readonly origin: string;
  /** Who the keys belong to, where that is known beforehand. */
  readonly principal?: string;
  readonly keys: AwsKeyProvider;
}

function sourceOf(context: AwsContext, {key, origin, principal, keys}: Keys): GrantSource {
  const calls = callsOf(context);
  const current = kept(keys);
  const ecr: Ecr = {...calls, accountId: accountOf(context), keys: current};
  return {
    key: `${key} ${calls.region}`,
    origin,
    obtain: async ({renew = false}) => {
      if (renew) await current({renew});
      const login = await ecrLogin(ecr);
      return {...login, principal: principal ?? (await callerOf(ecr, current)), origin};
    },
    ensureRepository: (repository, create) => ensureRepository(ecr, repository, create),
  };
}

/** Until shortly before their end, and in no output. */
function kept(keys: AwsKeyProvider): (request?: RenewalRequest) => Promise<AwsKeys> {
  const renewed = renewing(async () => {
    const value = await keys();
    hide(value.secretAccessKey);
    hide(value.sessionToken ?? '');
    return {value, expires: value.expiration?.getTime()};
  });
  return async (request) => (await renewed(request)).value;
}

const callsOf = (context: AwsContext): AwsCalls => ({
  env: context.env,
  wire: context.wire,
  region: regionOf(context),
});

/** Anything that the SDK's chain would find; asking it for nothing would wait for a metadata server. */
async function signsOfAws(env: NodeJS.ProcessEnv): Promise<{files: string[]; applies: boolean}> {
  const set = [
    'AWS_ACCESS_KEY_ID',
    'AWS_PROFILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_EC2_METADATA_SERVICE_ENDPOINT',
  ].some((name) => variable(env, name) !== undefined);
  const folder = path.join(env.HOME ?? homedir(), '.aws');
  const named = [
    variable(env, 'AWS_SHARED_CREDENTIALS_FILE') ?? path.join(folder, 'credentials'),
    variable(env, 'AWS_CONFIG_FILE') ?? path.join(folder, 'config'),
  ];
  const found = await Promise.all(
    named.map((file) =>
      access(file).then(
        () => [file],
        () => [],
      ),
    ),
  );
  const files = found.flat();
  return {files, applies: set || files.length > 0 || (await isEc2(env))};
}

async function isEc2(env: NodeJS.ProcessEnv): Promise<boolean> {
  if (env.AWS_EC2_METADATA_DISABLED === 'true') return false;
  const vendor = await readFile('/sys/class/dmi/id/sys_vendor', 'utf8').catch(() => '');
  return vendor.startsWith('Amazon EC2');
}

const ecrHost = /^(\d+)\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\./;

const accountOf = ({platform, host = ''}: AwsContext): string | undefined =>
  ecrHost.exec(host)?.[1] ?? platform?.accountId;

const regionOf = ({platform, host = '', env}: AwsContext): string =>
  ecrHost.exec(host)?.[2] ?? platform?.region ?? usualRegion(env);
