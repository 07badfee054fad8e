import {isLoopback} from '../http/address.ts';
import {isBelow} from '../is-below.ts';
import {covers, type HostPattern} from '../oci/host-pattern.ts';
import type {RegistryName} from '../oci/reference.ts';
import {isRegistryOf, vendorOf, type Vendor} from './vendor.ts';

/** What the user allows, and no environments repository can: it is kept outside of every clone. */
export interface Consents {
  /** Hosts besides the clouds' own that may be shown a cloud's token. */
  readonly trustedHosts: readonly HostPattern[];
  /** Hosts besides this machine that may be spoken to by http. */
  readonly plainHttp: readonly HostPattern[];
  /** Folders below which images may be kept where an environments repository says so: absolute paths. */
  readonly folders: readonly string[];
  /** What records may be signed with where an environments repository or a policy says so: `env://NAME`, a key service's URIs, or absolute paths. */
  readonly recordKeys: readonly string[];
  /** The file that keeps them, for messages. */
  readonly settings: string;
}

export const noConsents: Consents = {
  trustedHosts: [],
  plainHttp: [],
  folders: [],
  recordKeys: [],
  settings: "corectl.yaml of corectl's home",
};

/**
 * Whether a host may be shown a cloud's token, which opens much more than a registry: it is one of that cloud's registries,
 * or the user vouches for it. Where the token came from makes no difference, and this machine is no exception: any of its
 * users can listen on a port.
 */
export function mayBeShown(vendor: Vendor, registry: RegistryName, {trustedHosts}: Consents): boolean {
  return isRegistryOf(vendor, registry.host) || trustedHosts.some((pattern) => covers(pattern, registry));
}

/** Whether a service that signs records may be shown who the pipeline is: its user vouches for it, as no instance is known by its name. */
export const mayBeSignedBy = ({protocol, host}: URL, {trustedHosts}: Consents): boolean =>
  trustedHosts.some((pattern) => covers(pattern, {host, plainHttp: protocol === 'http:'}));

/** Whether a registry may be spoken to by http where that is wanted: on this machine, or where the user says so. */
export function mayUseHttp(registry: RegistryName, {plainHttp}: Consents): boolean {
  if (isCloudHost(registry.host)) return false;
  return isLoopback(nameOf(registry.host)) || plainHttp.some((pattern) => covers(pattern, registry));
}

/** Whether images may be read and written in a folder that the environments repository names, as far as its path tells. */
export const mayUseFolder = (directory: string, {folders}: Consents): boolean =>
  folders.some((folder) => directory === folder || isBelow(directory, folder));

/** A variable that holds nothing but the key of records: who sets it has said what it is for. */
const recordVariable = 'env://CORECTL_RECORD_KEY';

/** Whether records may be signed with a key, `env://NAME`, a key service's URI or an absolute path: any other is somebody's secret. */
export const mayRecordWith = (key: string, {recordKeys}: Consents): boolean =>
  key === recordVariable || recordKeys.includes(key);

/** Whether a host is a cloud's registry. These speak https alone: whoever answers by http is somebody else. */
export const isCloudHost = (host: string): boolean => vendorOf(nameOf(host)) !== undefined;

const nameOf = (host: string): string => host.replace(/:\d+$/, '');
