import {isLoopback} from '../../http/address.ts';
import {isHost} from '../../oci/reference.ts';

/** A key that a service keeps, as cosign's URIs name it (cosign, KMS.md). */
export type KeyAddress =
  | {
      readonly service: 'aws';
      /** Where the URI names one. */
      readonly endpoint?: URL;
      /** The key's id, its alias (`alias/NAME`), or the ARN of either. */
      readonly keyId: string;
      /** Of the ARN, or of AWS's own endpoint. */
      readonly region?: string | undefined;
    }
  | {
      readonly service: 'gcp';
      /** `projects/P/locations/L/keyRings/R/cryptoKeys/K` */
      readonly key: string;
      readonly version?: string | undefined;
    }
  | {
      readonly service: 'azure';
      readonly endpoint: URL;
      readonly name: string;
      readonly version?: string | undefined;
    }
  | {readonly service: 'vault'; readonly name: string};

/** How keys of a service are written, for messages. */
export const keyAddressForms =
  'awskms://[HOST]/KEY-ID, gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K, azurekms://VAULT.vault.azure.net/KEY or hashivault://KEY';

/** The key that a URI names; undefined for what is no such URI. */
export function parseKeyAddress(text: string): KeyAddress | undefined {
  const [, scheme, rest = ''] = /^(awskms|gcpkms|azurekms|hashivault):\/\/(.+)$/.exec(text) ?? [];
  switch (scheme) {
    case 'awskms':
      return awsKey(rest);
    case 'gcpkms':
      return googleKey(rest);
    case 'azurekms':
      return azureKey(rest);
    case 'hashivault':
      return /^\w(?:[\w.-]*\w)?$/.test(rest) ? {service: 'vault', name: rest} : undefined;
    default:
      return undefined;
  }
}

/**
 * The address that the URI itself sends requests to, where that is none of the cloud's own: whoever answers there would see
 * what the user's credentials open. A vault of HashiCorp's is where the user's variables say, and Google's is always Google's.
 */
export function foreignEndpoint(address: KeyAddress): URL | undefined {
  if (address.service !== 'aws' && address.service !== 'azure') return undefined;
  const {endpoint} = address;
  return endpoint === undefined || ownHosts[address.service].test(endpoint.host) ? undefined : endpoint;
}

// whole names, as anyone can rent others below the same domains
const ownHosts = {
  // also with FIPS endpoints and by dual-stack names
  aws: /^kms(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d{1,2})\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/,
  // China, US government; managed HSMs
  azure: /^[a-z0-9-]+\.(?:vault\.azure\.(?:net|cn)|vault\.usgovcloudapi\.net|managedhsm\.azure\.net)$/,
};

const uuid = /^(?:mrk-)?[0-9a-f-]{32,36}$/i;
const alias = /^alias\/[\w/-]+$/;
const arn = /^arn:aws(?:-[a-z]+)*:kms:([a-z]{2}(?:-[a-z]+)+-\d{1,2}):\d{12}:(?:key\/(.+)|(alias\/.+))$/;

function awsKey(rest: string): KeyAddress | undefined {
  const [, host = '', keyId = ''] = /^([^/]*)\/(.+)$/.exec(rest) ?? [];
  const [, region, id = keyId, name = id] = arn.exec(keyId) ?? [];
  if (!uuid.test(name) && !alias.test(name)) return undefined;
  if (host === '') return {service: 'aws', keyId, region};
  const endpoint = endpointAt(host);
  const [, itsRegion] = ownHosts.aws.exec(endpoint?.host ?? '') ?? [];
  return endpoint && {service: 'aws', endpoint, keyId, region: region ?? itsRegion};
}

// a project of a domain has a colon in its id; cosign says `versions`, the API `cryptoKeyVersions`
const google =
  /^(projects\/[a-z][a-z0-9.:-]*\/locations\/[a-z0-9-]+\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+)(?:\/(?:versions|cryptoKeyVersions)\/(\d+))?$/;

function googleKey(rest: string): KeyAddress | undefined {
  const [, key, version] = google.exec(rest) ?? [];
  return key === undefined ? undefined : {service: 'gcp', key, version};
}

function azureKey(rest: string): KeyAddress | undefined {
  const [, host = '', name, version] = /^([^/]+)\/([0-9A-Za-z-]+)(?:\/([0-9a-z]+))?$/.exec(rest) ?? [];
  const endpoint = endpointAt(host);
  return endpoint && name !== undefined ? {service: 'azure', endpoint, name, version} : undefined;
}

/** https, and http to this machine, as registries are spoken to. */
function endpointAt(host: string): URL | undefined {
  const lower = host.toLowerCase();
  if (!isHost(lower)) return undefined;
  const url = new URL(`https://${lower}`);
  return isLoopback(url.hostname) ? new URL(`http://${lower}`) : url;
}
