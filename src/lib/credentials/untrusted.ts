import type {CorectlError} from '../errors.ts';
import type {Environment} from '../environments/model.ts';
import {formatPosition} from '../environments/problem.ts';
import type {LayoutDirectory, RegistryName} from '../oci/reference.ts';
import {printable} from '../printable.ts';
import {isCloudHost, mayBeShown, mayUseHttp, type Consents} from './consents.ts';
import {credentialFailure} from './failures.ts';
import {ownerOf, type Vendor} from './vendor.ts';

/** A credential that is to be shown to a registry, and who asked for that. */
export interface Wish {
  /** `environment NAME (FILE:LINE:COLUMN KEY)`, or the registry that was named. */
  readonly whose: string;
  /** The cloud whose token alone will do; absent where a login of docker's, or none, will do as well. */
  readonly vendor?: Vendor | undefined;
  readonly consents: Consents;
}

/** Raises `untrusted-host` and `untrusted-http` (exit code 2) for a registry that lacks the user's consent. */
export function refuseUntrusted(registry: RegistryName, {whose, vendor, consents}: Wish): void {
  if (registry.plainHttp && !mayUseHttp(registry, consents))
    throw untrustedHttp(registry.host, whose, consents);
  if (vendor !== undefined && !mayBeShown(vendor, registry, consents))
    throw untrustedHost(registry.host, {whose, vendor, consents});
}

/** `untrusted-folder` (exit code 2), for a folder that an environment names without the user's consent. */
export function untrustedFolder(
  {directory, below = directory}: LayoutDirectory,
  {whose, consents}: Pick<Wish, 'whose' | 'consents'>,
): CorectlError {
  const ways = waysToSay(below, {
    flag: '--trust-folder',
    key: 'trusted-folders',
    settings: consents.settings,
  });
  return credentialFailure(
    'untrusted-folder',
    `${whose}: images would be kept in ${directory}, which is below no folder that you allow, nor below one that holds images alone`,
    {first: [`if they may be kept there: ${ways}`]},
  );
}

/** `untrusted-key` (exit code 2), for a key that an environments repository or a policy names without the user's consent. */
export function untrustedKey(key: string, {settings}: Consents): CorectlError {
  const shown = printable(key, 300);
  const ways = waysToSay(shown, {flag: '--record-key', key: 'record-keys', settings});
  return credentialFailure(
    'untrusted-key',
    `promotions are to be recorded, and signed with ${shown}, which you do not allow`,
    {first: [`if records may be signed with it: ${ways}`]},
  );
}

/** `untrusted-host` (exit code 2), for a service that records would be signed by without the user's consent. */
export function untrustedSigner(
  {host}: URL,
  consents: Consents,
  {where, shown} = {where: 'p2p.trust.root', shown: 'who this pipeline is'},
): CorectlError {
  return credentialFailure(
    'untrusted-host',
    `${where}: ${host} would be asked to sign records, and shown ${shown}, which you do not vouch for`,
    {first: [trustAdvice(host, consents)]},
  );
}

/** Whose registry it is, for messages: `environment NAME (FILE:LINE:COLUMN KEY)`, or the registry that was named. */
export function registryOwner({
  name,
  origin,
  registryOrigin = origin,
}: Pick<Environment, 'name'> & Partial<Pick<Environment, 'origin' | 'registryOrigin'>>): string {
  return registryOrigin === undefined ? name : `environment ${name} (${formatPosition(registryOrigin)})`;
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
  const ways = waysToSay(host, {flag: '--plain-http', key: 'plain-http', settings});
  return credentialFailure(
    'untrusted-http',
    `${whose}: ${host} would be spoken to by http without your consent`,
    {first: [`if that is as it should be: ${ways}`]},
  );
}

/** How to say that a host may be shown a cloud's token. */
export function trustAdvice(host: string, {settings}: Consents): string {
  const ways = waysToSay(host, {flag: '--trust-host', key: 'trusted-hosts', settings});
  return `if that host may have it: ${ways}, or CORECTL_TRUSTED_HOSTS=${host}`;
}

interface Ways {
  readonly flag: string;
  readonly key: string;
  readonly settings: string;
}

const waysToSay = (what: string, {flag, key, settings}: Ways): string =>
  `${flag} ${what}, or ${key}: ["${what}"] in ${settings}`;
