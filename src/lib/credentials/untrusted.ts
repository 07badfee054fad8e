import type {CorectlError} from '../errors.ts';
import type {RepositoryName} from '../oci/reference.ts';
import {isCloudHost, mayBeShown, mayUseHttp, type Consents} from './consents.ts';
import {credentialFailure} from './failures.ts';
import {ownerOf, type Vendor} from './vendor.ts';

type Registry = Pick<RepositoryName, 'host' | 'plainHttp'>;

/** What is to be taken to a registry, and by whose word. */
export interface Wish {
  /** `environment NAME (FILE:LINE:COLUMN KEY)`, or the registry that was named. */
  readonly whose: string;
  /** The cloud whose token alone will do; absent where a login of docker's, or none, will do as well. */
  readonly vendor?: Vendor | undefined;
  readonly consents: Consents;
}

/** Raises `untrusted-host` and `untrusted-http` (exit code 2) for a registry that lacks the user's consent. */
export function refuseUntrusted(registry: Registry, {whose, vendor, consents}: Wish): void {
  if (registry.plainHttp && !mayUseHttp(registry, consents))
    throw untrustedHttp(registry.host, whose, consents);
  if (vendor !== undefined && !mayBeShown(vendor, registry, consents))
    throw untrustedHost(registry.host, {whose, vendor, consents});
}

function untrustedHost(
  host: string,
  {whose, vendor, consents}: Wish & {readonly vendor: Vendor},
): CorectlError {
  const owner = ownerOf[vendor];
  return credentialFailure(
    'untrusted-host',
    `${whose}: a token of ${owner} would go to ${host}, which is no registry of ${owner} and none that you vouch for`,
    {first: [trustAdvice(host, consents)]},
  );
}

function untrustedHttp(host: string, whose: string, {settings}: Consents): CorectlError {
  if (isCloudHost(host))
    return credentialFailure(
      'untrusted-http',
      `${whose}: ${host} would be spoken to by http, which no cloud's registry is`,
    );
  return credentialFailure(
    'untrusted-http',
    `${whose}: ${host} would be spoken to by http without your consent`,
    {
      first: [`if that is as it should be: ${waysToSay(host, '--plain-http', 'plain-http', settings)}`],
    },
  );
}

/** How to say that a host may be shown a cloud's token. */
export const trustAdvice = (host: string, {settings}: Consents): string =>
  `if that host may have it: ${waysToSay(host, '--trust-host', 'trusted-hosts', settings)}, or CORECTL_TRUSTED_HOSTS=${host}`;

const waysToSay = (host: string, flag: string, key: string, settings: string): string =>
  `${flag} ${host}, or ${key}: ["${host}"] in ${settings}`;
