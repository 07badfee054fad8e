import {hostname} from '../environments/location.ts';
import type {CredentialKind, Environment} from '../environments/model.ts';
import {isLoopback} from '../http/address.ts';
import type {WireOptions} from '../http/wire.ts';
import {awsCandidates, awsFileSource} from './aws/aws.ts';
import {azureCandidates} from './azure/azure.ts';
import {noConsents, type Consents} from './consents.ts';
import {dockerConfigFile} from './docker/config.ts';
import {loginFiles} from './docker/login-files.ts';
import {dockerLogins, firstOfLogins, type DockerLogins} from './docker/logins.ts';
import {googleCandidates, googleFileSource} from './google/google.ts';
import {googleFileIdentity} from './google/file.ts';
import type {Candidate} from './grant.ts';
import {GrantPool} from './grant-pool.ts';
import {chainIdentity, type Chain, type EnvironmentIdentity} from './identity.ts';
import {openOverrideFile} from './override-file.ts';
import {warnOfReadable} from './secrets.ts';
import {silent, type Teller} from './teller.ts';
import {registryOwner} from './untrusted.ts';
import type {Vendor} from './vendor.ts';

export interface CredentialContext {
  readonly role: 'source' | 'destination';
  /** The process's environment. */
  readonly env: NodeJS.ProcessEnv;
  /** The credential file that the user named for this side. */
  readonly authOverride?: string;
  /** Docker's logins, when several environments are to share one reading of them. */
  readonly docker?: DockerLogins;
  /** The owner of the images, whose identity is derived in GitHub Actions. */
  readonly tenant?: string | undefined;
  /** Whether there is one destination environment, so that DEST_ACCESS_TOKEN can be meant for it. */
  readonly singleDestination?: boolean;
  /** The kind of credentials where the environment says nothing. */
  readonly kind?: CredentialKind | undefined;
  /** Shared by all environments of a run. */
  readonly pool?: GrantPool;
  /** The cloud whose registry it is, where no environment tells. */
  readonly vendor?: Vendor | undefined;
  /** A Google service account to act as, by whichever Google identity is found. */
  readonly impersonate?: string | undefined;
  /** How token services are reached. */
  readonly wire?: WireOptions | undefined;
  readonly teller?: Teller;
  /** What the user allows besides the clouds' own registries; nothing without it. */
  readonly consents?: Consents;
}

/** The logins of docker, podman and skopeo, to be shared by the identities of one run: each helper is then asked once. */
export function dockerLoginsOf(env: NodeJS.ProcessEnv): DockerLogins {
  const all = loginFiles(env).map((file) => dockerLogins(file, {env}));
  return firstOfLogins(dockerConfigFile(env), all);
}

/**
 * Who corectl is for an environment on one side of a promotion. Reads nothing but the override file, if there is one:
 * raises `unsupported-credential-file` and `insecure-endpoint` (exit code 2).
 */
export function identityFor(environment: Owner, context: CredentialContext): EnvironmentIdentity {
  const {authOverride, teller = silent} = context;
  const common = withoutLinks(environment, context);
  if (authOverride !== undefined) {
    const id = `${common.id}:override`;
    return chainIdentity({...common, id, ...overridden(environment, authOverride, context)});
  }
  const docker = () => context.docker ?? dockerLoginsOf(context.env);
  const {credentials: named} = environment.registry ?? {};
  const kind: CredentialKind = named ?? environment.platform?.vendor ?? context.vendor ?? 'docker';
  switch (kind) {
    case 'anonymous':
      return chainIdentity(common);
    case 'docker':
      return chainIdentity({...common, docker: docker()});
    case 'gcp':
    case 'aws':
    case 'azure': {
      const candidates = (host: string) => candidatesOf(kind, environment, {...context, teller, host});
      // a kind that is named excludes all others
      const others = named ? {only: true} : {docker: docker()};
      return chainIdentity({...common, vendor: kind, candidates, ...others});
    }
  }
}

/** Whose identity it is: an environment, or a registry that was named. */
type Owner = Pick<Environment, 'name' | 'platform' | 'registry'> &
  Partial<Pick<Environment, 'origin' | 'registryOrigin'>>;

/** A chain without a link: whoever has no other is anonymous. */
function withoutLinks(environment: Owner, context: CredentialContext): Chain {
  const {env, role, pool = new GrantPool(), teller = silent, consents = noConsents, wire} = context;
  const plainHttp = (host: string) => environment.registry?.plainHttp ?? isLoopback(hostname(host));
  return {
    ...{role, env, pool, teller, consents},
    id: `${role}:${environment.name}`,
    whose: registryOwner(environment),
    request: (one) => ({...one, plainHttp: plainHttp(one.host), wire}),
  };
}

interface VendorContext extends CredentialContext {
  readonly teller: Teller;
  readonly host: string;
}

function candidatesOf(
  vendor: Vendor,
  {platform}: Pick<Environment, 'platform'>,
  context: VendorContext,
): Candidate[] {
  const {role, env, teller, tenant, host, singleDestination = false, impersonate, wire} = context;
  switch (vendor) {
    case 'gcp': {
      const own = platform?.vendor === 'gcp' ? platform : undefined;
      return googleCandidates({role, env, teller, platform: own, tenant, singleDestination, impersonate});
    }
    case 'aws': {
      const own = platform?.vendor === 'aws' ? platform : undefined;
      return awsCandidates({env, teller, platform: own, tenant, host, wire});
    }
    case 'azure':
      return azureCandidates({env});
  }
}

/** What the override file makes of the chain: it is the only link. */
function overridden(
  {platform}: Pick<Environment, 'platform'>,
  authOverride: string,
  {env, tenant, teller = silent, wire}: CredentialContext,
) {
  const opened = openOverrideFile(authOverride);
  const {file} = opened;
  if (opened.kind === 'docker') return {docker: dockerLogins(file, {env})};
  const source =
    opened.kind === 'google'
      ? googleFileSource(file, googleFileIdentity(file, opened.value, env), `override file ${file}`)
      : undefined;
  const aws = platform?.vendor === 'aws' ? platform : undefined;
  const only: Candidate = async () => {
    await warnOfReadable(file, teller);
    return source;
  };
  if (opened.kind === 'google') return {vendor: 'gcp' as const, only: true, candidates: () => [only]};
  const profiles = opened.profiles;
  const candidates = (host: string): Candidate[] => [
    async () => {
      await warnOfReadable(file, teller);
      return awsFileSource(file, profiles, {env, tenant, teller, platform: aws, host, wire});
    },
  ];
  return {vendor: 'aws' as const, only: true, candidates};
}
